#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
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
  enum class Kind : std::uint8_t { kNone, kText, kInteger, kNumber, kTime, kTimeOfDay };

  Kind kind = Kind::kNone;
  bool has_text_beside = false;  // of a time: another column has it as it was sent
  TextColumn* text = nullptr;    // of a time: as it was sent
  IntegerColumn* integer = nullptr;
  NumberColumn* number = nullptr;
  DateColumn* date = nullptr;        // the day of a time
  TimestampColumn* local = nullptr;  // a time as written
  TimestampColumn* utc = nullptr;    // the instant that it means
  TimeColumn* time = nullptr;        // a time of any day
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

  // Whether raw values are their texts: none has an escape sequence or an undecodable byte.
  bool is_plain() const { return is_plain_; }

  // `raw` is a part of the message, not empty, and no delimiter divides it.
  void read(const Leaf& leaf, std::int64_t row, std::string_view raw, const Address& address) {
    if (leaf.kind == Leaf::Kind::kText) {
      set_text(*leaf.text, row, raw, address);
    } else {
      convert(leaf, row, text_of(raw, address), raw, address);
    }
  }

  // Likewise where the value is of the ordinary form for its columns: false where it is not, and nothing was done. is_plain() holds.
  bool read_ordinary(const Leaf& leaf, std::int64_t row, std::string_view raw);

  // A part that delimiters may divide: as it was sent where they do, else like read().
  void read_whole(TextColumn& column, std::int64_t row, std::string_view raw, bool is_divided, const Address& address) {
    if (is_plain_) {
      column.set_padded(row, raw);
    } else {
      column.set(row, is_divided ? decoded(raw, address) : clean(raw, address));
    }
  }

  // What the raw value says. Holds until the next call.
  std::string_view text_of(std::string_view raw, const Address& address) { return is_plain_ ? raw : clean(raw, address); }

  // Likewise of a part that delimiters divide: as it was sent.
  std::string_view undivided(std::string_view raw, const Address& address) { return is_plain_ ? raw : decoded(raw, address); }

  // Keeps a value that no column takes.
  void rescue(std::string_view raw, const Address& address) { rescued_.keep(address, raw); }

 private:
  void set_text(TextColumn& column, std::int64_t row, std::string_view raw, const Address& address) {
    if (is_plain_) {
      column.set_padded(row, raw);
    } else {
      column.set(row, clean(raw, address));
    }
  }
  std::string_view clean(std::string_view raw, const Address& address) {
    // In a segment with an escape sequence most values have none.
    return !context_->has_undecodable && !holds(raw, context_->delimiters->escape) ? raw : unescaped(raw, address);
  }
  // Whether the character stands in the text, behind which 8 more bytes can be read; eight at a time.
  static bool holds(std::string_view text, char c) {
    constexpr std::uint64_t kLow = 0x0101010101010101U;
    constexpr std::uint64_t kHigh = 0x8080808080808080U;
    for (std::size_t i = 0; i < text.size(); i += sizeof(std::uint64_t)) {
      std::uint64_t eight = 0;
      std::memcpy(&eight, text.data() + i, sizeof eight);
      eight ^= kLow * static_cast<std::uint8_t>(c);
      if (const std::uint64_t found = (eight - kLow) & ~eight & kHigh; found != 0) {
        return i + static_cast<std::size_t>(std::countr_zero(found)) / 8 < text.size();
      }
    }
    return false;
  }
  std::string_view unescaped(std::string_view raw, const Address& address);
  std::string_view decoded(std::string_view text, const Address& address);
  void convert(const Leaf& leaf, std::int64_t row, std::string_view text, std::string_view raw, const Address& address);

  RescuedData& rescued_;
  const ValueContext* context_ = nullptr;
  bool is_plain_ = true;
  std::string unescaped_;
  std::string replaced_;
};

}  // namespace lakeflow::hl7v2
