#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace lakeflow {

// Reads values out of JSON where they stand, as the bytes that stand there. Every text is followed by kPadding readable bytes (raw_records.h).
// A place is a member's name, or names with dots between them; empty: the whole. Used by one thread at a time.
class JsonReader {
 public:
  JsonReader();
  ~JsonReader();
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  // The value's text, "null" too; nothing where there is no such member. A data error where the text is no JSON up to there.
  Result<std::optional<std::string_view>> find(std::string_view json, std::string_view place);

  // The elements of the list at a place. Nothing where there is none, or null; a data error where another value stands there, or no JSON.
  Result<std::optional<std::vector<std::string_view>>> elements(std::string_view json, std::string_view place);

 private:
  struct Parser;
  const std::unique_ptr<Parser> parser_;
};

// The text of a JSON string without quotes and escapes; of another value as it stands.
std::string plain_text(std::string_view json_value);

}  // namespace lakeflow
