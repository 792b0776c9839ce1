#include "sources/healthcare/hl7v2/tables/varying_field.h"

#include <fmt/format.h>

#include "libs/hl7v2/dictionary.h"
#include "sources/healthcare/hl7v2/tables/value_columns.h"

namespace lakeflow::hl7v2 {

TypedValues::TypedValues(StructColumn& parent, BufferPool& pool, std::string_view name, std::uint32_t number)
    : number_(true, number),
      structured_number_(true, number),
      coded_(true, number),
      time_(true, number),
      time_of_day_(true, number),
      attached_(true, number),
      pointer_(true, number) {
  add_numbers(parent, pool, fmt::format("{}_number", name));
  add_coded(parent, pool, fmt::format("{}_coded", name));
  add_times(parent, pool, fmt::format("{}_time", name));
  add_attached(parent, pool, fmt::format("{}_attached", name));
  add_parts(parent, pool, fmt::format("{}_parts", name));
}

void TypedValues::add_numbers(StructColumn& parent, BufferPool& pool, std::string_view name) {
  auto elements = std::make_unique<StructColumn>(pool);
  const Leaf comparator = add_leaf_columns(*elements, "comparator", "SN.1", ValueKind::kText);
  const Leaf value = add_leaf_columns(*elements, "value", "NM, SN.2", ValueKind::kNumber);
  const Leaf separator = add_leaf_columns(*elements, "separator", "SN.3", ValueKind::kText);
  const Leaf second_value = add_leaf_columns(*elements, "second_value", "SN.4", ValueKind::kNumber);
  auto& list = parent.add<ListColumn>(name, "of an NM or SN", std::move(elements));
  number_.add_field(&list);
  number_.add_component();
  number_.add_leaf(value);
  structured_number_.add_field(&list);
  for (const Leaf& leaf : {comparator, value, separator, second_value}) {
    structured_number_.add_component();
    structured_number_.add_leaf(leaf);
  }
}

void TypedValues::add_coded(StructColumn& parent, BufferPool& pool, std::string_view name) {
  auto elements = std::make_unique<StructColumn>(pool);
  StructColumn& structure = *elements;
  coded_.add_field(&parent.add<ListColumn>(name, "of a CE, CF, CNE or CWE", std::move(elements)));
  if (const DatatypeDefinition* type = find_datatype_definition("CWE")) {
    add_components(coded_, structure, *type);
  }
}

void TypedValues::add_times(StructColumn& parent, BufferPool& pool, std::string_view name) {
  auto elements = std::make_unique<StructColumn>(pool);
  Leaf time{.kind = Leaf::Kind::kTime, .has_text_beside = true};
  time.local = &elements->add<TimestampColumn>("local", "the time as written", arrow::timestamp(arrow::TimeUnit::MICRO));
  time.utc = &elements->add<TimestampColumn>("utc", "the instant", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"));
  Leaf time_of_day{.kind = Leaf::Kind::kTimeOfDay};
  time_of_day.time = &elements->add<TimeColumn>("time_of_day", "of a TM", arrow::time64(arrow::TimeUnit::MICRO));
  auto& list = parent.add<ListColumn>(name, "of a DT, DTM, TS or TM", std::move(elements));
  time_.add_field(&list);
  time_.add_component();
  time_.add_leaf(time, true);
  time_of_day_.add_field(&list);
  time_of_day_.add_component();
  time_of_day_.add_leaf(time_of_day, true);
}

void TypedValues::add_attached(StructColumn& parent, BufferPool& pool, std::string_view name) {
  auto elements = std::make_unique<StructColumn>(pool);
  StructColumn& application = elements->add<StructColumn>("source_application", "ED.1, RP.2");
  const Leaf type = add_leaf_columns(*elements, "type_of_data", "ED.2, RP.3", ValueKind::kText);
  const Leaf subtype = add_leaf_columns(*elements, "data_subtype", "ED.3, RP.4", ValueKind::kText);
  const Leaf encoding = add_leaf_columns(*elements, "encoding", "ED.4", ValueKind::kText);
  const Leaf data = add_leaf_columns(*elements, "data", "ED.5", ValueKind::kText);
  const Leaf pointer = add_leaf_columns(*elements, "pointer", "RP.1", ValueKind::kText);
  const Leaf namespace_id = add_leaf_columns(application, "namespace_id", "", ValueKind::kText);
  const Leaf universal_id = add_leaf_columns(application, "universal_id", "", ValueKind::kText);
  const Leaf universal_id_type = add_leaf_columns(application, "universal_id_type", "", ValueKind::kText);
  auto& list = parent.add<ListColumn>(name, "of an ED or RP", std::move(elements));
  const auto add = [](SegmentPlan& plan, std::initializer_list<Leaf> subcomponents) {
    plan.add_component();
    for (const Leaf& leaf : subcomponents) {
      plan.add_leaf(leaf);
    }
  };
  attached_.add_field(&list);
  add(attached_, {namespace_id, universal_id, universal_id_type});
  for (const Leaf& leaf : {type, subtype, encoding, data}) {
    add(attached_, {leaf});
  }
  pointer_.add_field(&list);
  add(pointer_, {pointer});
  add(pointer_, {namespace_id, universal_id, universal_id_type});
  add(pointer_, {type});
  add(pointer_, {subtype});
}

void TypedValues::add_parts(StructColumn& parent, BufferPool& pool, std::string_view name) {
  auto parts = std::make_unique<TextColumn>(pool);
  parts_ = parts.get();
  auto subcomponents = std::make_unique<ListColumn>(pool, std::move(parts));
  subcomponents_ = subcomponents.get();
  auto components = std::make_unique<ListColumn>(pool, std::move(subcomponents));
  components_ = components.get();
  repetitions_ =
      &parent.add<ListColumn>(name, "of any other datatype with components: by repetition, component and subcomponent", std::move(components));
}

void TypedValues::read(std::string_view datatype, const MessageTokens& tokens, const SegmentTokens& segment, std::uint32_t begin, std::uint32_t first,
                       std::uint32_t end, std::int64_t row, ValueReader& reader, Address address) {
  if (SegmentPlan* const plan = plan_of(datatype)) {
    plan->read_field(tokens, segment, first, end, row, reader, address);
    return;
  }
  // Most are texts, and most of these are not divided.
  const bool is_divided = end - first > 1;
  const DatatypeDefinition* const type = is_divided ? find_datatype_definition(datatype) : nullptr;
  if (type != nullptr && type->kind == ValueKind::kComposite) {
    read_parts(tokens, begin, first, end, row, reader, address);
  }
}

void TypedValues::read_parts(const MessageTokens& tokens, std::uint32_t begin, std::uint32_t first, std::uint32_t end, std::int64_t row,
                             ValueReader& reader, Address address) {
  for (std::uint32_t value = first; value < end; ++value) {
    const std::uint32_t stop = tokens.ends[value];
    if (stop > begin) {
      const std::int64_t repetition = repetitions_->element(row, address.repetition);
      const std::int64_t component = components_->element(repetition, address.component);
      const std::int64_t part = subcomponents_->element(component, address.subcomponent);
      reader.read_whole(*parts_, part, tokens.text.substr(begin, stop - begin), false, address);
    }
    begin = stop + 1;
    switch (tokens.mark(value)) {
      case Mark::kSubcomponent: ++address.subcomponent; break;
      case Mark::kComponent:
        ++address.component;
        address.subcomponent = 0;
        break;
      default: ++address.repetition; address.component = address.subcomponent = 0;
    }
  }
}

SegmentPlan* TypedValues::plan_of(std::string_view datatype) {
  if (datatype.empty() || datatype.size() > 3 || datatype.back() == '\0') {
    return nullptr;
  }
  switch (segment_name(datatype)) {
    case segment_name("NM"): return &number_;
    case segment_name("CE"):
    case segment_name("CF"):
    case segment_name("CWE"):
    case segment_name("CNE"): return &coded_;
    case segment_name("SN"): return &structured_number_;
    case segment_name("TS"):
    case segment_name("DTM"):
    case segment_name("DT"): return &time_;
    case segment_name("TM"): return &time_of_day_;
    case segment_name("ED"): return &attached_;
    case segment_name("RP"): return &pointer_;
    default: return nullptr;
  }
}

VaryingField::VaryingField(StructColumn& parent, BufferPool& pool, std::string_view name, std::string_view description, std::uint32_t number,
                           std::uint32_t type_field)
    : type_field_(type_field) {
  auto texts = std::make_unique<TextColumn>(pool);
  texts_ = texts.get();
  list_ = &parent.add<ListColumn>(name, description, std::move(texts));
  if (type_field > 0) {
    typed_.emplace(parent, pool, name, number);
  }
}

void VaryingField::read(const MessageTokens& tokens, const SegmentTokens& segment, std::uint32_t begin, std::uint32_t first, std::uint32_t end,
                        std::int64_t row, ValueReader& reader, Address address) {
  if (typed_) {
    typed_->read(raw_field(tokens, segment, type_field_), tokens, segment, begin, first, end, row, reader, address);
  }
  for (std::uint32_t value = first; value < end; ++value) {
    if (tokens.mark(value) < Mark::kRepetition) {
      continue;
    }
    const std::uint32_t stop = tokens.ends[value];
    if (stop > begin) {
      reader.read_whole(*texts_, list_->element(row, address.repetition), tokens.text.substr(begin, stop - begin), value > first, address);
    }
    begin = stop + 1;
    first = value + 1;
    ++address.repetition;
  }
}

}  // namespace lakeflow::hl7v2
