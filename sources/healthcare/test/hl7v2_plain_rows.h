#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lakeflow::hl7v2 {

// What one message gives, worked out in the plainest way: text is cut at delimiters again and again, and rows are JSON objects. It shares
// with the decoder the dictionary, the tables' columns and the readers of single values, and none of its ways to go through a
// message or to fill columns.
struct PlainMessage {
  bool is_readable = false;  // else it is rejected
  bool is_damaged = false;   // likewise
  // By segment, as row_text() shows them; `_rescued_data` is the last member. Without what is the decoder's alone: _record_id, the
  // place in the message's structure, and typed values beside texts.
  std::map<std::string, std::vector<std::string>> rows;
};

// `segments`: the names of those whose rows are wanted, all in the dictionary. `position`: of the message in its file.
PlainMessage plain_rows(std::string_view message, const std::vector<std::string>& segments, std::uint64_t position);

}  // namespace lakeflow::hl7v2
