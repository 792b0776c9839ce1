#pragma once

#include <cstdint>
#include <string_view>

namespace lakeflow::hl7v2 {

inline constexpr std::uint32_t kNoSegment = 0xFFFFFFFF;

// The place of one segment in its message's structure.
struct SegmentPlace {
  std::uint32_t path_begin = 0;  // of the groups that it stands in: "PATIENT_RESULT[1].ORDER_OBSERVATION[2]", each with the number of its repetition
  std::uint32_t path_size = 0;   // 0: it stands in the message itself
  std::uint32_t parent = kNoSegment;   // the segment that it belongs to (the OBR of an OBX), by its index in the message
  std::uint32_t patient = kNoSegment;  // the PID that it is about, likewise
  bool is_placed = true;               // false: the structure has no place for it here; it stands in the group of the one before

  std::string_view path_in(std::string_view paths) const { return paths.substr(path_begin, path_size); }
};

}  // namespace lakeflow::hl7v2
