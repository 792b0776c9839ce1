#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <arrow/array/builder_binary.h>

#include "base/error.h"

namespace lakeflow::hl7v2 {

// Where in a message a value stands; all numbers from 0 here, from 1 as text.
struct Address {
  std::string_view segment;          // "PID"
  std::uint32_t segment_number = 0;  // among those of its name, where a row takes values from several: from 1, else 0
  std::uint32_t field = 0;
  std::uint32_t repetition = 0;
  std::uint32_t component = 0;
  std::uint32_t subcomponent = 0;
};

// The standard's way of writing it: "PID-18[2].4.1", "OBX[3]-14"; first parts are left out where nothing follows them.
std::string address_text(const Address& address);

// What a message came to, in all tables that count in it.
struct MessageTally {
  std::uint64_t rows = 0;
  std::uint64_t rescued_values = 0;
};

// Members of a row's rescued data, without braces.
struct RescuedMembers {
  std::string text;
  std::uint32_t count = 0;
};

// What of a table's rows did not fit its columns: for each row a JSON object from address to the value as sent, null for
// most.
class RescuedData {
 public:
  // Keeps a value of the row that is being filled. Bytes that could not be decoded are shown as \xE9.
  void keep(const Address& address, std::string_view raw);
  // What was kept since the last row's end, taken out; and put in again, in any row.
  RescuedMembers take_members() { return std::exchange(members_, {}); }
  void keep_members(const RescuedMembers& members) {
    if (members.count > 0) {
      add(members.text);
      members_.count += members.count;
    }
  }
  // Where values of rows are counted from now on; lives as long as this.
  void count_in(MessageTally& tally) { tally_ = &tally; }
  // Ends a row; rows end in order.
  void end_row(std::int64_t row) {
    if (members_.count > 0) [[unlikely]] {
      append(row);
    }
  }
  // Null where no row has any. Empty afterwards.
  Result<std::shared_ptr<arrow::StringArray>> finish(std::int64_t rows);

 private:
  void append(std::int64_t row);
  void add(std::string_view members) {
    members_.text += members_.text.empty() ? "" : ",";
    members_.text += members;
  }

  RescuedMembers members_;  // of the current row
  MessageTally* tally_ = nullptr;
  arrow::StringBuilder builder_;
  arrow::Status failure_;
};

}  // namespace lakeflow::hl7v2
