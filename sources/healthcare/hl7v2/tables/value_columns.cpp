#include "sources/healthcare/hl7v2/tables/value_columns.h"

#include <utility>

#include <fmt/format.h>

namespace lakeflow::hl7v2 {
namespace {

// The columns of what is nested deeper than delimiters reach: they are part of the datatype, and nothing is ever in them.
void add_unreachable(StructColumn& parent, std::string_view name, const DatatypeDefinition& type) {
  if (type.kind != ValueKind::kComposite) {
    add_leaf_columns(parent, name, "", type.kind);
    return;
  }
  auto& structure = parent.add<StructColumn>(name, "");
  for (const ComponentDefinition& component : type.components) {
    add_unreachable(structure, component.name, *component.type);
  }
}

}  // namespace

Leaf add_leaf_columns(StructColumn& parent, std::string_view name, std::string_view description, ValueKind kind) {
  Leaf leaf;
  switch (kind) {
    case ValueKind::kInteger:
      leaf.kind = Leaf::Kind::kInteger;
      leaf.integer = &parent.add<IntegerColumn>(name, description, arrow::int64());
      break;
    case ValueKind::kNumber:
      leaf.kind = Leaf::Kind::kNumber;
      leaf.number = &parent.add<NumberColumn>(name, description, arrow::float64());
      break;
    case ValueKind::kDateTime:
      leaf.kind = Leaf::Kind::kTime;
      leaf.text = &parent.add<TextColumn>(name, description);
      leaf.local = &parent.add<TimestampColumn>(fmt::format("{}_local", name), "", arrow::timestamp(arrow::TimeUnit::MICRO));
      leaf.utc = &parent.add<TimestampColumn>(fmt::format("{}_utc", name), "", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"));
      break;
    case ValueKind::kText:
    case ValueKind::kVaries:
    case ValueKind::kComposite:
      leaf.kind = Leaf::Kind::kText;
      leaf.text = &parent.add<TextColumn>(name, description);
      break;
  }
  return leaf;
}

ElementColumn make_element_column(ValueKind kind, BufferPool& pool) {
  ElementColumn element;
  const auto make = [&]<typename T>(Leaf::Kind leaf_kind, T* Leaf::* member, auto&&... type) {
    auto column = std::make_unique<T>(pool, type...);
    element.leaf.kind = leaf_kind;
    element.leaf.*member = column.get();
    element.column = std::move(column);
  };
  switch (kind) {
    case ValueKind::kInteger: make(Leaf::Kind::kInteger, &Leaf::integer, arrow::int64()); break;
    case ValueKind::kNumber: make(Leaf::Kind::kNumber, &Leaf::number, arrow::float64()); break;
    default: make(Leaf::Kind::kText, &Leaf::text);
  }
  return element;
}

void add_components(SegmentPlan& plan, StructColumn& parent, const DatatypeDefinition& type) {
  for (const ComponentDefinition& component : type.components) {
    plan.add_component();
    if (component.type->kind == ValueKind::kComposite) {
      add_subcomponents(plan, parent.add<StructColumn>(component.name, ""), *component.type);
    } else {
      plan.add_leaf(add_leaf_columns(parent, component.name, "", component.type->kind), component.type->kind == ValueKind::kDateTime);
    }
  }
}

void add_subcomponents(SegmentPlan& plan, StructColumn& parent, const DatatypeDefinition& type) {
  for (const ComponentDefinition& part : type.components) {
    if (part.type->kind == ValueKind::kComposite) {
      // A subcomponent has no parts: what a definition nests deeper is not sent.
      add_unreachable(parent, part.name, *part.type);
      plan.add_leaf(Leaf());
    } else {
      plan.add_leaf(add_leaf_columns(parent, part.name, "", part.type->kind));
    }
  }
}

}  // namespace lakeflow::hl7v2
