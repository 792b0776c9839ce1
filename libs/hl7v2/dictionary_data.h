#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "libs/hl7v2/dictionary.h"

namespace lakeflow::hl7v2 {

// The arrays that generate_dictionary.py writes. Constants: nothing is set up when the program starts.

// What a position of a segment is in the versions [first, last] (numbers of Version).
struct FieldRun {
  std::uint8_t first_version;
  std::uint8_t last_version;
  std::uint16_t name;  // index into names
  std::uint8_t type;   // index into types; the type WD: withdrawn
  std::uint16_t min;
  std::uint16_t max;  // 0: as often as wanted
  std::uint16_t table;
};

struct SegmentHistory {
  std::uint16_t versions;         // a bit a version that has the segment
  std::uint16_t first_positions;  // where its positions begin in first_runs
};

struct StructureRow {
  std::string_view name;
  std::uint8_t first_version;
  std::uint8_t last_version;
  std::string_view text;
};

struct EventRow {
  std::string_view event;  // "ADT^A04"
  std::string_view structure;
};

struct DictionaryData {
  std::span<const SegmentDefinition> segments;        // by name
  std::span<const SegmentHistory> segment_histories;  // in the order of segments
  std::span<const std::uint16_t> first_runs;          // of each position, where its runs begin; one more at the end
  std::span<const FieldRun> runs;
  std::span<const std::string_view> names;
  std::span<const DatatypeDefinition> types;  // by name
  std::span<const StructureRow> structures;   // by name, then version
  std::span<const EventRow> events;           // by event
};

const DictionaryData& dictionary_data();

}  // namespace lakeflow::hl7v2
