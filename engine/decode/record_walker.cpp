#include "engine/decode/record_walker.h"

#include <array>
#include <bit>
#include <cstring>
#include <string_view>

#include "engine/decode/json_escape.h"
#include "engine/decode/json_number.h"
#include "engine/decode/json_skip.h"
#include "engine/decode/map_keys.h"
#include "engine/decode/text_value.h"

// This file is compiled once for each set of vector instructions; which one runs is chosen when it does.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/decode/record_walker.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/decode/text_block.inl"

#include "engine/decode/record_text.inl"

HWY_BEFORE_NAMESPACE();
namespace lakeflow::HWY_NAMESPACE {
namespace {

// Whether `"name":` of the member stands at `p`.
HWY_INLINE bool stands_at(const Column& member, const char* p) { return (~equal_bytes(p, member.key.data()) & member.key_bytes) == 0; }

class Walker {
 public:
  Walker(BufferPool& pool, std::string_view record, WalkOutcome& outcome)
      : pool_(pool),
        text_(record, outcome),
        end_(text_.end()),
        to_copy_(outcome.copy == nullptr ? 0 : reinterpret_cast<std::uintptr_t>(outcome.copy) - reinterpret_cast<std::uintptr_t>(record.data())),
        rescued_(outcome.rescued) {}

  bool walk(Column& root, std::uint32_t row) {
    const char* p = text_.skip_space(text_.begin());
    if (p >= end_) {
      text_.fail(p, "empty_record");
      return false;
    }
    const bool is_object = *p == '{';
    const char* const start = p;
    p = is_object ? object(p + 1, root, row, Place{}, 1) : text_.skip_value(p, 0);
    if (p != nullptr) {
      p = text_.skip_space(p);
      if (p != end_) {
        p = text_.fail(p);
      }
    }
    if (p != nullptr && !is_object) {
      p = text_.fail(start, "not_an_object");
    }
    return p != nullptr;
  }

 private:
  // --- The grammar. Each function takes the place where its part begins and returns where it ends, nullptr after a failure.

  // The members of an object, from behind its brace.
  const char* object(const char* p, Column& column, std::uint32_t row, const Place& place, int depth) {
    p = text_.skip_space(p);
    if (*p == '}') {
      return p + 1;
    }
    std::array<Column*, 2>* successors = &column.first;
    for (;;) {  // ends at the closing brace, or where the text is no object
      prefetch(p);
      Column* member = (*successors)[0];
      if (!stands_at(*member, p)) {
        member = (*successors)[1];
        if (!stands_at(*member, p)) [[unlikely]] {
          p = unpredicted(p, column, row, place, depth, successors);
          member = nullptr;
        }
      }
      if (member != nullptr) [[likely]] {
        successors = &member->next;
        p = value(p + member->key_length, *member, row, place, depth);
      }
      if (p == nullptr) {
        return nullptr;
      }
      if (p >= end_) [[unlikely]] {
        return text_.fail(p);
      }
      if (*p != ',') {
        if (*p == '}') {
          return p + 1;
        }
        p = text_.skip_space(p);
        if (p < end_ && *p == '}') {
          return p + 1;
        }
        if (p >= end_ || *p != ',') {
          return text_.fail(p);
        }
      }
      ++p;
      p = text_.skip_space(p);
    }
  }

  // A member that was not foreseen: found by its name, or unknown and rescued.
  const char* unpredicted(const char* p, Column& column, std::uint32_t row, const Place& place, int depth, std::array<Column*, 2>*& successors) {
    const char* const key = p;
    std::string_view name;
    if (*p != '"') {
      return text_.fail(p);
    }
    p = text_.string(p + 1, name);
    if (p == nullptr) {
      return nullptr;
    }
    const std::string_view raw_key(key, static_cast<std::size_t>(p - key));
    const std::uint32_t number = name.data() == nullptr ? KeyIndex::kNotFound : column.members.find(name);
    p = text_.skip_space(p);
    if (p >= end_ || *p != ':') {
      return text_.fail(p);
    }
    ++p;
    if (number == KeyIndex::kNotFound) {
      successors = &column.after_unknown;
      p = text_.skip_space(p);
      const char* const start = p;
      p = text_.skip_value(p, depth);
      if (p != nullptr) {
        rescued_.add_unknown(place, raw_key, {start, static_cast<std::size_t>(p - start)});
      }
      return p;
    }
    Column& member = column.children[column.member_of[number]];
    *successors = {&member, (*successors)[0]};
    successors = &member.next;
    return value(p, member, row, place, depth);
  }

  // A value of the member, element or entry `column` at `place`, which is `depth` levels deep.
  HWY_INLINE const char* value(const char* p, Column& column, std::uint32_t row, const Place& place, int depth) {
    p = text_.skip_space(p);
    if (p >= end_) [[unlikely]] {
      return text_.fail(p);
    }
    const char c = *p;
    switch (column.kind) {
      case ColumnKind::kText:
        if (c == '"') return text(p, column, row, place, depth);
        break;
      case ColumnKind::kStruct:
        if (c == '{') {
          if (!column.ready(pool_, row)) break;
          column.set_valid(row);
          return object(p + 1, column, row, Place{&place, &column}, depth + 1);
        }
        break;
      case ColumnKind::kList:
        if (c != 'n') return list(p, column, row, place, depth);
        break;
      case ColumnKind::kMap:
        if (c == '{') return map(p, column, row, place, depth);
        break;
      case ColumnKind::kInteger:
      case ColumnKind::kDouble:
      case ColumnKind::kDecimal:
        if (c == '-' || is_digit(c)) return number(p, column, row, place);
        if (c == '"' && column.takes_text) return number_in_text(p, column, row, place);
        break;
      case ColumnKind::kBoolean:
        if (c == 't' || c == 'f') return boolean(p, column, row, place);
        break;
      case ColumnKind::kDate:
      case ColumnKind::kTimestamp:
      case ColumnKind::kBinary:
        if (c == '"') return converted(p, column, row, place);
        break;
      case ColumnKind::kJson:
        if (c != 'n') return json(p, column, row, place, depth);
        break;
      case ColumnKind::kLeftOut: return text_.skip_value(p, depth);
      case ColumnKind::kRecord:
      case ColumnKind::kTextOf:
      case ColumnKind::kUtcOf: break;  // no members: the plan leaves them out of the names
    }
    return misfit(p, column, place, depth);
  }

  // A value that is null, or that does not fit.
  HWY_NOINLINE const char* misfit(const char* p, const Column& column, const Place& place, int depth) {
    const char* const start = p;
    p = text_.skip_value(p, depth);
    if (p != nullptr && *start != 'n') {
      rescue(place, column, start, p);
    }
    return p;
  }

  HWY_NOINLINE void rescue(const Place& place, const Column& column, const char* start, const char* end) {
    rescued_.add_value(place, column, {start, static_cast<std::size_t>(end - start)});
  }

  const char* list(const char* p, Column& column, std::uint32_t row, const Place& place, int depth) {
    if (!column.ready(pool_, row)) {
      return misfit(p, column, place, depth);
    }
    if (column.beside != nullptr) {
      column.beside->ready(pool_, row);
    }
    Column& element = column.children.front();
    const Place inside{&place, &column};
    if (*p != '[') {
      p = value(p, element, column.elements.rows, inside, depth);
      if (p == nullptr || element.length <= column.elements.rows) {
        return p;  // what does not fit as an element is rescued as the member that it was sent as
      }
      ++column.elements.rows;
    } else {
      p = text_.skip_space(p + 1);
      if (*p == ']') {
        ++p;
      } else {
        for (std::int64_t index = 0;; ++index) {
          p = value(p, element, column.elements.rows, Place{&place, &column, index}, depth + 1);
          ++column.elements.rows;
          if (p == nullptr) {
            return nullptr;
          }
          p = text_.skip_space(p);
          if (p >= end_ || (*p != ',' && *p != ']')) {
            return text_.fail(p);
          }
          if (*p++ == ']') {
            break;
          }
        }
      }
    }
    column.append_end(row, column.elements.rows);
    if (column.beside != nullptr) {
      column.beside->elements.rows = column.elements.rows;
      column.beside->append_end(row, column.elements.rows);
    }
    return p;
  }

  const char* map(const char* p, Column& column, std::uint32_t row, const Place& place, int depth) {
    if (!column.ready(pool_, row)) {
      return misfit(p, column, place, depth);
    }
    Column& keys = column.children[0];
    MapKeys names(column.elements.rows);
    p = text_.skip_space(p + 1);
    if (*p == '}') {
      ++p;
    } else {
      for (;;) {  // ends at the closing brace, or where the text is no object
        p = text_.skip_space(p);
        const char* const start = p;
        std::string_view key;
        if (p >= end_ || *p != '"') {
          return text_.fail(p);
        }
        p = text_.string(p + 1, key);
        if (p == nullptr) {
          return nullptr;
        }
        const Place entry{&place, &column, -1, {start, static_cast<std::size_t>(p - start)}};
        p = text_.skip_space(p);
        if (p >= end_ || *p != ':') {
          return text_.fail(p);
        }
        ++p;
        if (key.data() != nullptr && names.insert(keys, column.elements.rows, key)) {
          keys.ready(pool_, column.elements.rows);
          append_bytes(keys, column.elements.rows, key);
          p = value(p, column.children[1], column.elements.rows, entry, depth + 1);
          ++column.elements.rows;
        } else {
          p = text_.skip_space(p);
          const char* const begin = p;
          p = text_.skip_value(p, depth + 1);
          if (p != nullptr) {
            rescue(entry, column.children[1], begin, p);
          }
        }
        if (p == nullptr) {
          return nullptr;
        }
        p = text_.skip_space(p);
        if (p >= end_ || (*p != ',' && *p != '}')) {
          return text_.fail(p);
        }
        if (*p++ == '}') {
          break;
        }
      }
    }
    column.append_end(row, column.elements.rows);
    return p;
  }

  const char* number(const char* p, Column& column, std::uint32_t row, const Place& place) {
    JsonNumber number;
    const char* const start = p;
    p = scan_number(p, end_, number);
    if (p == nullptr) {
      return text_.fail(start);
    }
    if (!column.ready(pool_, row) || !append_number(column, row, number)) {
      rescue(place, column, start, p);
    }
    return p;
  }

  // A string that holds a number from its first byte to its last.
  HWY_NOINLINE const char* number_in_text(const char* p, Column& column, std::uint32_t row, const Place& place) {
    const char* const start = p;
    std::string_view text;
    p = text_.string(p + 1, text);
    if (p == nullptr) {
      return nullptr;
    }
    JsonNumber number;
    const char* const end = text.data() + text.size();  // a quote or a zero stands there
    if (text.empty() || scan_number(text.data(), end, number) != end || !column.ready(pool_, row) || !append_number(column, row, number)) {
      rescue(place, column, start, p);
    }
    return p;
  }

  const char* boolean(const char* p, Column& column, std::uint32_t row, const Place& place) {
    const char* const start = p;
    const bool is_true = *p == 't';
    if (is_true ? std::memcmp(p, "true", 4) != 0 : std::memcmp(p, "false", 5) != 0) {
      return text_.fail(p);
    }
    p += is_true ? 4 : 5;
    if (!column.ready(pool_, row)) {
      rescue(place, column, start, p);
      return p;
    }
    if (is_true) {
      column.values[row >> 3U] = static_cast<std::uint8_t>(column.values[row >> 3U] | (1U << (row & 7U)));
    }
    column.set_valid(row);
    return p;
  }

  // Strings that mean something else: dates, instants, bytes.
  const char* converted(const char* p, Column& column, std::uint32_t row, const Place& place) {
    const char* const start = p;
    std::string_view text;
    p = text_.string(p + 1, text);
    if (p == nullptr) {
      return nullptr;
    }
    if (text.data() != nullptr && column.ready(pool_, row)) {
      if (column.kind == ColumnKind::kDate) {
        if (const auto date = parse_date(text)) return column.append(row, *date), p;
      } else if (column.kind == ColumnKind::kTimestamp) {
        if (const auto instant = parse_timestamp(text)) {
          column.append(row, *instant);
          append_beside(column, row, text);
          return p;
        }
      } else {
        column.reserve_data(pool_, text.size());
        if (const auto size = decode_base64(text, column.data + column.data_size)) {
          column.data_size += *size;
          column.append_end(row, column.data_size);
          if (text.size() != (*size + 2) / 3 * 4) {  // with white space in it
            append_beside(column, row, text);
          }
          return p;
        }
      }
    }
    rescue(place, column, start, p);
    return p;
  }

  void append_beside(const Column& column, std::uint32_t row, std::string_view text) {
    if (column.beside != nullptr && column.beside->ready(pool_, row)) {
      append_bytes(*column.beside, row, text);
    }
  }

  // Any value, as its text.
  const char* json(const char* p, Column& column, std::uint32_t row, const Place& place, int depth) {
    const char* const start = p;
    p = text_.skip_value(p, depth);
    if (p == nullptr) {
      return nullptr;
    }
    if (!column.ready(pool_, row)) {
      rescue(place, column, start, p);
      return p;
    }
    append_bytes(column, row, {start, static_cast<std::size_t>(p - start)});
    return p;
  }

  void append_bytes(Column& column, std::uint32_t row, std::string_view bytes) {
    column.reserve_data(pool_, bytes.size());
    std::memcpy(column.data + column.data_size, bytes.data(), bytes.size());
    column.data_size += bytes.size();
    column.append_end(row, column.data_size);
  }

  // --- Strings.

  // Into its column, copying and looking for the closing quote in one step.
  HWY_INLINE const char* text(const char* p, Column& column, std::uint32_t row, const Place& place, int depth) {
    if (!column.ready(pool_, row)) [[unlikely]] {
      return misfit(p, column, place, depth);
    }
    column.reserve_data(pool_, kCopied);
    const std::size_t before = column.data_size;
    std::size_t size = 0;
    if (copy_to_quote(p + 1, column.data + before, size)) [[likely]] {
      column.data_size += size;
      prefetch_for_writing(column.data, column.data_size + kCopied);
      p += size + 2;
    } else {
      const char* const start = p;
      bool whole = true;
      p = text_.copy_string(p + 1, pool_, column, whole);
      if (p == nullptr) {
        return nullptr;
      }
      if (!whole) {
        column.data_size = before;
        rescue(place, column, start, p);
        return p;
      }
    }
    column.append_end(row, column.data_size);
    if (column.beside != nullptr) {
      append_instant(*column.beside, row, {reinterpret_cast<const char*>(column.data + before), column.data_size - before});
    }
    return p;
  }

  void append_instant(Column& column, std::uint32_t row, std::string_view text) {
    if (const auto instant = parse_timestamp(text); instant && column.ready(pool_, row)) {
      column.append(row, *instant);
    }
  }

  // Asks for what the walk will read soon, as the many places that it writes to keep the processor from foreseeing it, and for where what it has
  // read will be copied to.
  HWY_INLINE void prefetch(const char* p) const {
    constexpr std::uintptr_t kAhead = 1024;
    const auto at = reinterpret_cast<std::uintptr_t>(p);
    __builtin_prefetch(reinterpret_cast<const void*>(at + kAhead), 0);
    __builtin_prefetch(reinterpret_cast<const void*>(at + to_copy_), 1);
    asm volatile("");
  }

  BufferPool& pool_;
  RecordText text_;
  const char* const end_;
  const std::uintptr_t to_copy_;  // from the record to its copy
  RescuedValues& rescued_;
};

bool walk(BufferPool& pool, Column& root, std::uint32_t row, std::string_view record, WalkOutcome& outcome) {
  return Walker(pool, record, outcome).walk(root, row);
}

}  // namespace
}  // namespace lakeflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lakeflow {

HWY_EXPORT(walk);

bool walk_record(BufferPool& pool, Column& root, std::uint32_t row, std::string_view record, WalkOutcome& outcome) {
  outcome.reason = nullptr;
  outcome.byte = 0;
  outcome.not_ascii = false;
  outcome.rescued.clear();
  return HWY_DYNAMIC_DISPATCH(walk)(pool, root, row, record, outcome);
}

}  // namespace lakeflow
#endif
