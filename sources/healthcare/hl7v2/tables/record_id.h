#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lakeflow::hl7v2 {

// The key of a row, `_record_id`: 32 hexadecimal digits made of what its file is known by for good (the path below storage_path under which it was
// first read, and which file of that name it is), the byte position of the message in it and the number of the segment in the message. So it is
// the same at every reading, wherever the folder lies and whatever the file is called later, and no two rows of a table share one.
class RecordId {
 public:
  RecordId() = default;
  explicit RecordId(std::string_view file);

  static constexpr std::size_t kSize = 32;
  // Writes kSize characters.
  void write(std::uint64_t position, std::uint64_t segment, char* text) const;

 private:
  std::uint64_t path_low_ = 0;
  std::uint64_t path_high_ = 0;
};

}  // namespace lakeflow::hl7v2
