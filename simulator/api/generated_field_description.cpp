#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "simulator/api/listing_description_internal.h"

namespace lakeflow {
namespace {

using Kind = GeneratedField::Kind;

struct KindKeys {
  std::string_view name;
  Kind kind;
  std::vector<std::string> keys;
};

const std::vector<KindKeys>& kinds() {
  static const std::vector<KindKeys> all = {{"sequence", Kind::kSequence, {"start", "step", "prefix"}},
                                            {"uuid", Kind::kUuid, {}},
                                            {"choice", Kind::kChoice, {"values"}},
                                            {"timestamp", Kind::kTimestamp, {"start", "step_seconds", "ties", "format"}},
                                            {"text", Kind::kText, {"words"}},
                                            {"number", Kind::kNumber, {"from", "to", "decimals"}},
                                            {"boolean", Kind::kBoolean, {}},
                                            {"constant", Kind::kConstant, {"value"}}};
  return all;
}

std::vector<std::string> all_keys() {
  std::vector<std::string> keys = {"kind", "missing_percent"};
  for (const KindKeys& each : kinds()) {
    keys.insert(keys.end(), each.keys.begin(), each.keys.end());
  }
  return keys;
}

// A scalar of the file as JSON: what was quoted is a text, the rest what it looks like.
std::string json_of(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  const bool quoted = node.Tag() == "!";
  if (!quoted && nlohmann::json::accept(text)) {
    return text;
  }
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Status read_values(const DescriptionSection& section, const YAML::Node& node, GeneratedField& field) {
  if (field.kind == Kind::kChoice) {
    LAKEFLOW_TRY(section.texts("values"));
    for (const YAML::Node& value : node["values"]) {
      field.values.push_back(json_of(value));
    }
  }
  if (field.kind == Kind::kConstant) {
    LAKEFLOW_TRY(section.required_text("value"));
    field.values.push_back(json_of(node["value"]));
  }
  if (field.kind == Kind::kChoice && field.values.empty()) {
    return section.place().user_error("a choice needs values", "write {kind: choice, values: [open, paid]}");
  }
  return {};
}

Status read_start(const DescriptionSection& section, GeneratedField& field) {
  LAKEFLOW_ASSIGN(const std::string start, section.text_or("start", field.kind == Kind::kTimestamp ? "2024-01-01T00:00:00Z" : "1"));
  if (field.kind == Kind::kTimestamp) {
    const auto time = parse_time(TimeFormat::kIso, start);
    if (!time) {
      return section.place_of("start").user_error("start is no time such as 2024-01-01T00:00:00Z");
    }
    field.first = *time;
    return {};
  }
  const auto number = parse_integer(start);
  if (!number) {
    return section.place_of("start").user_error("start must be a whole number");
  }
  field.start = *number;
  return {};
}

Status check_keys(const DescriptionSection& section, std::string_view kind) {
  const auto found = std::ranges::find(kinds(), kind, &KindKeys::name);
  for (const auto& [name, value] : section.members()) {
    const std::string& key = name.Scalar();
    if (key != "kind" && key != "missing_percent" && std::ranges::find(found->keys, key) == found->keys.end()) {
      return section.place_of(key).user_error(fmt::format("a {} has no {}", kind, key),
                                              found->keys.empty() ? "take it out" : fmt::format("it has {}", fmt::join(found->keys, ", ")));
    }
  }
  return {};
}

Result<GeneratedField> read_field(const DescriptionSection& section, const YAML::Node& node, std::string name) {
  GeneratedField field{.field = std::move(name)};
  std::vector<std::string> names;
  for (const KindKeys& each : kinds()) {
    names.emplace_back(each.name);
  }
  LAKEFLOW_TRY(section.required_text("kind"));
  LAKEFLOW_ASSIGN(const std::string kind, section.choice("kind", "", names));
  field.kind = std::ranges::find(kinds(), kind, &KindKeys::name)->kind;
  LAKEFLOW_TRY(check_keys(section, kind));
  LAKEFLOW_ASSIGN(field.missing_percent, section.number("missing_percent", 0, 100));
  LAKEFLOW_TRY(read_start(section, field));
  LAKEFLOW_ASSIGN(const std::uint64_t step, section.count("step", 1));
  field.step = static_cast<std::int64_t>(step);
  LAKEFLOW_ASSIGN(field.prefix, section.text_or("prefix", ""));
  LAKEFLOW_ASSIGN(field.step_seconds, section.number("step_seconds", 60, 1e9));
  LAKEFLOW_ASSIGN(field.ties, section.count("ties", 1));
  LAKEFLOW_ASSIGN(field.format, section.time_format("format", TimeFormat::kIso));
  LAKEFLOW_ASSIGN(field.words, section.count("words", 5));
  LAKEFLOW_ASSIGN(field.from, section.number("from", 0, 1e15));
  LAKEFLOW_ASSIGN(field.to, section.number("to", 1000, 1e15));
  LAKEFLOW_ASSIGN(field.decimals, section.count("decimals", 0));
  LAKEFLOW_TRY(read_values(section, node, field));
  if (field.ties == 0 || field.decimals > 15 || field.words > 10'000 || field.to < field.from) {
    return section.place().user_error(fmt::format("the numbers of {} don't fit", field.field),
                                      "ties is 1 or more, decimals at most 15, words at most 10000, and to not below from");
  }
  return field;
}

}  // namespace

Result<std::vector<GeneratedField>> read_generated_fields(const DescriptionSection& generate) {
  const std::vector<std::string> known = all_keys();
  LAKEFLOW_ASSIGN(const DescriptionSection all, generate.section("fields", {}));
  std::vector<GeneratedField> fields;
  for (const auto& [name, node] : all.members()) {
    LAKEFLOW_ASSIGN(const DescriptionSection section,
                    DescriptionSection::open(node, fmt::format("field {}", name.Scalar()), generate.file_name(), known));
    LAKEFLOW_ASSIGN(GeneratedField field, read_field(section, node, name.Scalar()));
    fields.push_back(std::move(field));
  }
  if (fields.empty()) {
    return all.place().user_error("records that are generated need fields");
  }
  return fields;
}

}  // namespace lakeflow
