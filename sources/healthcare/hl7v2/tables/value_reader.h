#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libs/hl7v2/character_set.h"
#include "libs/hl7v2/date_time.h"
#include "libs/hl7v2/tokenizer.h"
#include "libs/time_zone/time_zone.h"
#include "sources/healthcare/hl7v2/tables/columns.h"
#include "sources/healthcare/hl7v2/tables/rescued_data.h"

namespace lakeflow::hl7v2 {

// What values of one message are read with.
struct ValueContext {
  const Delimiters* delimiters = nullptr;
  CharacterSet* character_set = nullptr;
  const TimeZone* default_time_zone = nullptr;  // null: times without an offset have no instant
  bool has_undecodable = false;                 // the message holds bytes that its character set lacks
};

// The columns of one value without parts; those that it does not have are null.
struct Leaf {
  TextColumn* text = nullptr;
  IntegerColumn* integer = nullptr;
  NumberColumn* number = nullptr;
  DateColumn* date = nullptr;        // the day of a time
  TimestampColumn* local = nullptr;  // a time as written
  TimestampColumn* utc = nullptr;    // the instant that it means
};

// Puts raw values into columns: unescapes and converts them, and keeps what does not fit in the rescued data.
class ValueReader {
 public:
  explicit ValueReader(RescuedData& rescued) : rescued_(rescued) {}

  // Holds for the values up to the next call. `has_escape`: one of the segment's values may hold an escape sequence.
  void begin_segment(const ValueContext& context, bool has_escape) {
    context_ = &context;
    is_plain_ = !has_escape && !context.has_undecodable;
  }

  // `raw` is not empty, and no delimiter divides it.
  void read(const Leaf& leaf, std::int64_t row, std::string_view raw, const Address& address) {
    const std::string_view text = is_plain_ ? raw : clean(raw, address);
    if (leaf.integer == nullptr && leaf.number == nullptr && leaf.date == nullptr && leaf.local == nullptr) {
      leaf.text->set(row, text);
    } else {
      convert(leaf, row, text, raw, address);
    }
  }

  // A part that delimiters may divide: as it was sent where they do, else like read().
  void read_whole(TextColumn& column, std::int64_t row, std::string_view raw, bool is_divided, const Address& address) {
    column.set(row, is_plain_ ? raw : is_divided ? decoded(raw, address) : clean(raw, address));
  }

  // Keeps a value that no column takes.
  void rescue(std::string_view raw, const Address& address) { rescued_.keep(address, raw); }

 private:
  std::string_view clean(std::string_view raw, const Address& address);
  std::string_view decoded(std::string_view text, const Address& address);
  void convert(const Leaf& leaf, std::int64_t row, std::string_view text, std::string_view raw, const Address& address);

  RescuedData& rescued_;
  const ValueContext* context_ = nullptr;
  bool is_plain_ = true;
  std::string unescaped_;
  std::string replaced_;
};

}  // namespace lakeflow::hl7v2
