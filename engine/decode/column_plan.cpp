#include "engine/decode/column_plan.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include "base/json_text.h"
#include "sources/interface/schema_rules.h"

namespace lakeflow {
namespace {

// Deeper schemas are a mistake; the walker's recursion follows the schema alone.
constexpr int kDeepestSchema = 100;

Error not_supported(const std::string& path, std::string_view what) {
  return Error::user(fmt::format("column {}: {}", path, what),
                     "change the connector's schema (engine/decode/json_decoder.h lists what can be decoded)");
}

std::string_view rule_of(const arrow::Field& field) {
  if (field.metadata() == nullptr) {
    return {};
  }
  const int at = field.metadata()->FindKey(std::string(kDecodeRule));
  return at < 0 ? std::string_view() : std::string_view(field.metadata()->value(at));
}

std::vector<std::string> left_out_members(const arrow::Schema& schema) {
  const int at = schema.metadata() == nullptr ? -1 : schema.metadata()->FindKey(std::string(kLeftOutMembers));
  std::string_view names = at < 0 ? std::string_view() : std::string_view(schema.metadata()->value(at));
  std::vector<std::string> members;
  while (!names.empty()) {
    const std::size_t comma = std::min(names.find(','), names.size());
    members.emplace_back(names.substr(0, comma));
    names.remove_prefix(std::min(comma + 1, names.size()));
  }
  return members;
}

bool is_instant(const arrow::DataType& type) {
  if (type.id() != arrow::Type::TIMESTAMP) {
    return false;
  }
  const auto& timestamp = static_cast<const arrow::TimestampType&>(type);
  return timestamp.unit() == arrow::TimeUnit::MICRO && !timestamp.timezone().empty();
}

// What stands in a record before the member's value.
void set_key(Column& column) {
  std::string key;
  append_json_string(key, column.name);
  if (key != '"' + column.name + '"' || key.size() >= Column::kKeyBlock) {
    return;
  }
  key += ':';
  std::ranges::copy(key, column.key.begin());
  column.key_length = static_cast<std::uint8_t>(key.size());
  column.key_bytes = static_cast<std::uint32_t>((std::uint64_t{1} << key.size()) - 1);
}

std::optional<ColumnKind> scalar_kind(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BOOL: return ColumnKind::kBoolean;
    case arrow::Type::INT64: return ColumnKind::kInteger;
    case arrow::Type::DOUBLE: return ColumnKind::kDouble;
    case arrow::Type::DECIMAL128: return ColumnKind::kDecimal;
    case arrow::Type::STRING: return ColumnKind::kText;
    case arrow::Type::BINARY: return ColumnKind::kBinary;
    case arrow::Type::DATE32: return ColumnKind::kDate;
    case arrow::Type::TIMESTAMP: return is_instant(type) ? std::optional(ColumnKind::kTimestamp) : std::nullopt;
    default: return std::nullopt;
  }
}

Status compile_type(Column& column, const std::shared_ptr<arrow::DataType>& type, const std::string& path, int depth);

Status compile_rule(Column& column, const arrow::Field& field, std::string_view rule, const std::string& path, int depth) {
  const auto& type = field.type();
  if (rule == kDecodeJson || rule == kDecodeRecord) {
    if (type->id() != arrow::Type::STRING) {
      return std::unexpected(not_supported(path, fmt::format("the rule {} needs the type utf8, not {}", rule, type->ToString())));
    }
    if (rule == kDecodeRecord && depth > 1) {
      return std::unexpected(not_supported(path, "only a column of the table itself can hold the record"));
    }
    column.type = type;
    column.kind = rule == kDecodeJson ? ColumnKind::kJson : ColumnKind::kRecord;
    return {};
  }
  if (rule.starts_with(kDecodeUtcOf)) {
    LAKEFLOW_TRY(compile_type(column, type, path, depth));
    Column& instant = column.kind == ColumnKind::kList ? column.children.front() : column;
    if (instant.kind != ColumnKind::kTimestamp) {
      return std::unexpected(not_supported(path, "the rule utc_of needs a timestamp in microseconds with a zone, or a list of them"));
    }
    instant.kind = ColumnKind::kUtcOf;
    column.kind = ColumnKind::kUtcOf;
    return {};
  }
  if (rule.starts_with(kDecodeTextOf)) {
    if (type->id() != arrow::Type::STRING) {
      return std::unexpected(not_supported(path, fmt::format("the rule text_of needs the type utf8, not {}", type->ToString())));
    }
    column.type = type;
    column.kind = ColumnKind::kTextOf;
    return {};
  }
  if (rule == kDecodeFromText) {
    LAKEFLOW_TRY(compile_type(column, type, path, depth));
    if (column.kind != ColumnKind::kDecimal && column.kind != ColumnKind::kInteger && column.kind != ColumnKind::kDouble) {
      return std::unexpected(not_supported(path, fmt::format("the rule {} needs a decimal128, int64 or double, not {}", rule, type->ToString())));
    }
    column.takes_text = true;
    return {};
  }
  return std::unexpected(not_supported(path, fmt::format("unknown rule {}", rule)));
}

Status compile_field(Column& column, const arrow::Field& field, const std::string& path, int depth) {
  const std::string_view rule = rule_of(field);
  if (!rule.empty()) {
    return compile_rule(column, field, rule, path, depth);
  }
  return compile_type(column, field.type(), path, depth);
}

// The sibling that an instant is made of takes note of it.
Status link_instant(Column& object, Column& instant, std::string_view rule, const std::string& path) {
  const std::string_view sibling = rule.substr(kDecodeUtcOf.size());
  const auto found = std::ranges::find(object.children, sibling, &Column::name);
  if (found == object.children.end()) {
    return std::unexpected(not_supported(path, fmt::format("it has no sibling {}", sibling)));
  }
  Column* text = &*found;
  Column* target = &instant;
  if (instant.is_repeated() && text->kind == ColumnKind::kList) {
    text->beside = target;
    text = &text->children.front();
    target = &instant.children.front();
  }
  if (text->kind != ColumnKind::kText || target->is_repeated()) {
    return std::unexpected(not_supported(path, fmt::format("its sibling {} is not utf8, or not as often repeated", sibling)));
  }
  if (text->beside != nullptr) {
    return std::unexpected(not_supported(path, fmt::format("its sibling {} has an instant already", sibling)));
  }
  text->beside = target;
  return {};
}

// The sibling whose text is kept takes note of it.
Status link_text(Column& object, Column& text, std::string_view rule, const std::string& path) {
  const std::string_view sibling = rule.substr(kDecodeTextOf.size());
  const auto found = std::ranges::find(object.children, sibling, &Column::name);
  if (found == object.children.end()) {
    return std::unexpected(not_supported(path, fmt::format("it has no sibling {}", sibling)));
  }
  if (found->kind != ColumnKind::kTimestamp && found->kind != ColumnKind::kBinary) {
    return std::unexpected(not_supported(path, fmt::format("its sibling {} is neither a timestamp nor binary", sibling)));
  }
  if (found->beside != nullptr) {
    return std::unexpected(not_supported(path, fmt::format("its sibling {} has its text already", sibling)));
  }
  found->beside = &text;
  return {};
}

// `left_out` are members that are no columns: they stand behind the others.
Status compile_members(Column& object, const arrow::FieldVector& fields, const std::string& path, int depth,
                       const std::vector<std::string>& left_out = {}) {
  object.kind = ColumnKind::kStruct;
  object.children.resize(fields.size() + left_out.size());
  std::set<std::string_view> names;
  const auto child_path = [&](const arrow::Field& field) { return path.empty() ? field.name() : path + "." + field.name(); };
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const arrow::Field& field = *fields[i];
    if (!names.insert(field.name()).second) {
      return std::unexpected(not_supported(child_path(field), "there is another one of this name"));
    }
    object.children[i].name = field.name();
    object.children[i].is_member = true;
    set_key(object.children[i]);
    LAKEFLOW_TRY(compile_field(object.children[i], field, child_path(field), depth + 1));
  }
  std::vector<std::string_view> members;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    Column& child = object.children[i];
    if (child.kind == ColumnKind::kUtcOf) {
      LAKEFLOW_TRY(link_instant(object, child, rule_of(*fields[i]), child_path(*fields[i])));
    } else if (child.kind == ColumnKind::kTextOf) {
      LAKEFLOW_TRY(link_text(object, child, rule_of(*fields[i]), child_path(*fields[i])));
    } else if (child.kind != ColumnKind::kRecord) {
      members.push_back(fields[i]->name());
      object.member_of.push_back(static_cast<std::uint32_t>(i));
    }
  }
  for (std::size_t i = 0; i < left_out.size(); ++i) {
    if (!names.insert(left_out[i]).second) {
      return std::unexpected(not_supported(left_out[i], "it is left out, and a column or left out twice"));
    }
    Column& child = object.children[fields.size() + i];
    child.name = left_out[i];
    child.is_member = true;
    child.kind = ColumnKind::kLeftOut;
    set_key(child);
    members.push_back(child.name);  // which stands as long as the index
    object.member_of.push_back(static_cast<std::uint32_t>(fields.size() + i));
  }
  object.members = KeyIndex(members);
  return {};
}

Status compile_type(Column& column, const std::shared_ptr<arrow::DataType>& type, const std::string& path, int depth) {
  column.type = type;
  if (depth > kDeepestSchema) {
    return std::unexpected(not_supported(path, fmt::format("it is nested deeper than {} levels", kDeepestSchema)));
  }
  if (type->id() == arrow::Type::STRUCT) {
    return compile_members(column, type->fields(), path, depth);
  }
  if (type->id() == arrow::Type::LIST) {
    column.kind = ColumnKind::kList;
    column.children.resize(1);
    return compile_field(column.children[0], *type->field(0), path + "[]", depth + 1);
  }
  if (type->id() == arrow::Type::MAP) {
    const auto& map = static_cast<const arrow::MapType&>(*type);
    if (map.key_type()->id() != arrow::Type::STRING) {
      return std::unexpected(not_supported(path, "the keys of a map are utf8"));
    }
    column.kind = ColumnKind::kMap;
    column.children.resize(2);
    column.children[0].type = map.key_type();
    return compile_field(column.children[1], *map.item_field(), path + "{}", depth + 1);
  }
  const auto kind = scalar_kind(*type);
  if (!kind) {
    return std::unexpected(not_supported(path, fmt::format("the type {} is none that JSON is decoded to", type->ToString())));
  }
  column.kind = *kind;
  if (column.kind == ColumnKind::kDecimal) {
    const auto& decimal = static_cast<const arrow::Decimal128Type&>(*type);
    if (decimal.scale() < 0 || decimal.scale() > decimal.precision()) {
      return std::unexpected(not_supported(path, "a decimal's scale lies between 0 and its precision"));
    }
    column.precision = static_cast<std::uint8_t>(decimal.precision());
    column.scale = static_cast<std::uint8_t>(decimal.scale());
  }
  return {};
}

// Once the tree stands still: who shares rows with whom, and the first guess of which member follows which (the schema's
// order; the walker learns the records').
void link(Column& column, RowDomain& domain, Column* none) {
  column.domain = &domain;
  RowDomain& inner = column.kind == ColumnKind::kStruct ? domain : column.elements;
  for (Column& child : column.children) {
    child.object = column.kind == ColumnKind::kStruct ? &column : nullptr;
    link(child, inner, none);
  }
  std::array<Column*, 2> following{none, none};
  column.after_unknown = following;
  for (auto number = column.member_of.rbegin(); number != column.member_of.rend(); ++number) {
    Column& member = column.children[*number];
    member.next = following;
    following = {&member, following[0]};
  }
  column.first = following;
}

}  // namespace

Result<ColumnPlan> compile_columns(const arrow::Schema& schema) {
  ColumnPlan plan{std::make_unique<Column>(), std::make_unique<Column>(), {}};
  LAKEFLOW_TRY(compile_members(*plan.root, schema.fields(), "", 0, left_out_members(schema)));
  link(*plan.root, plan.root->elements, plan.none.get());
  for (Column& column : plan.root->children) {
    if (column.kind == ColumnKind::kRecord) {
      plan.record_columns.push_back(&column);
    }
  }
  return plan;
}

}  // namespace lakeflow
