#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "engine/decode/column.h"

namespace lakeflow {

// Where in a record a value stands: a member, an element or a map's entry of the place above it. Lives on the walker's
// stack; its text is made only where something is rescued.
struct Place {
  const Place* parent = nullptr;  // none for the record itself
  const Column* column = nullptr;
  std::int64_t index = -1;     // of the element, where the column is a list sent as one
  std::string_view raw_key{};  // of the map's entry: as sent, with its quotes
};

// Bytes of rescued text that one batch can hold: Arrow's 32-bit offsets. Paths repeat, so they can outgrow a record by far.
inline constexpr std::size_t kMostRescued = std::numeric_limits<std::int32_t>::max();

// What did not fit of one record: the text of a JSON object from path to value. Stops growing beyond kMostRescued.
class RescuedValues {
 public:
  // Starts the next record.
  void clear();
  bool empty() const { return text_.empty(); }
  // The object, whole. Ends the record.
  std::string_view finish();

  // `value` is what stands in the record at `place`, in the member `column` of it (whose name may be empty).
  void add_value(const Place& place, const Column& column, std::string_view value);
  // The same, for a member that the schema does not have; its key as sent, with its quotes.
  void add_unknown(const Place& place, std::string_view raw_key, std::string_view value);

  std::size_t size() const { return text_.size(); }

 private:
  struct Seen {
    std::uint64_t hash = 0;
    std::uint64_t record = 0;
    std::uint32_t times = 0;
  };
  void append_place(const Place& place);
  void append_column(const Column& column);
  void append_key(std::string_view raw_key);
  void add_value_at_path(std::string_view value);
  std::uint32_t times_seen(std::uint64_t hash);

  std::string text_;
  std::string path_;
  std::vector<Seen> seen_;  // open addressing; entries of earlier records are free
  std::uint64_t record_ = 1;
  std::size_t seen_count_ = 0;
};

}  // namespace lakeflow
