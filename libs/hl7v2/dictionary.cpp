#include "libs/hl7v2/dictionary.h"

#include <algorithm>

#include "libs/hl7v2/dictionary_data.h"

namespace lakeflow::hl7v2 {
namespace {

constexpr std::string_view kWithdrawn = "WD";

template <typename Row>
const Row* find_by_name(std::span<const Row> rows, std::string_view name) {
  const auto found = std::ranges::lower_bound(rows, name, {}, &Row::name);
  return found != rows.end() && found->name == name ? &*found : nullptr;
}

// The number of the segment among all; nothing where it is not known.
std::optional<std::size_t> segment_index(std::string_view name) {
  const auto segments = dictionary_data().segments;
  const SegmentDefinition* const found = find_by_name(segments, name);
  return found == nullptr ? std::nullopt : std::optional(static_cast<std::size_t>(found - segments.data()));
}

}  // namespace

const SegmentDefinition* find_segment_definition(std::string_view name) { return find_by_name(dictionary_data().segments, name); }

std::span<const SegmentDefinition> segment_definitions() { return dictionary_data().segments; }

const DatatypeDefinition* find_datatype_definition(std::string_view name) { return find_by_name(dictionary_data().types, name); }

std::span<const DatatypeDefinition> datatype_definitions() { return dictionary_data().types; }

bool has_segment(Version version, std::string_view segment) {
  const auto index = segment_index(segment);
  return index && (dictionary_data().segment_histories[*index].versions >> static_cast<unsigned>(version) & 1U) != 0;
}

std::optional<FieldUse> find_field_use(Version version, std::string_view segment, std::uint32_t number) {
  const DictionaryData& data = dictionary_data();
  const auto index = segment_index(segment);
  if (!index || number == 0 || number > data.segments[*index].fields.size()) {
    return std::nullopt;
  }
  const std::size_t position = data.segment_histories[*index].first_positions + number - 1;
  const auto runs = data.runs.subspan(data.first_runs[position], static_cast<std::size_t>(data.first_runs[position + 1] - data.first_runs[position]));
  const auto wanted = static_cast<std::uint8_t>(version);
  const auto run = std::ranges::find_if(runs, [&](const FieldRun& r) { return r.first_version <= wanted && wanted <= r.last_version; });
  if (run == runs.end()) {
    return std::nullopt;
  }
  const std::string_view type = data.types[run->type].name;
  if (type == kWithdrawn) {
    return FieldUse{.name = data.names[run->name], .type = {}, .min = 0, .max = 0, .table = 0, .is_withdrawn = true};
  }
  return FieldUse{.name = data.names[run->name], .type = type, .min = run->min, .max = run->max, .table = run->table, .is_withdrawn = false};
}

}  // namespace lakeflow::hl7v2
