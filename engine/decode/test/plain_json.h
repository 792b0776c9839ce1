#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lakeflow {

// A tree of a JSON text that keeps of every value how it was sent: the plainest reader of RFC 8259 that there can be, to
// judge the decoder by.
struct PlainJson {
  enum class Kind { kNull, kTrue, kFalse, kNumber, kString, kArray, kObject };
  struct Member;

  Kind kind = Kind::kNull;
  std::string raw;                  // as sent
  std::optional<std::string> text;  // of a string: escapes resolved; none where that has no UTF-8
  std::vector<PlainJson> elements;
  std::vector<Member> members;
};

struct PlainJson::Member {
  PlainJson key;
  PlainJson value;
};

struct PlainJsonOutcome {
  std::optional<PlainJson> value;
  std::string reject;  // where there is no value
};

// The text as a record: the code of its reject, or the object.
PlainJsonOutcome read_plain_record(std::string_view text, int deepest);

bool is_plain_utf8(std::string_view text);

}  // namespace lakeflow
