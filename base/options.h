#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace lakeflow {

// The options of a connection or of a table: names and texts, as a pipeline's file gives them. By the
// time that a connector sees them they are checked against its ConnectorSpec: every name is declared,
// every value has its type, defaults are filled in and references to secrets are resolved.
// A plain value; nothing here prints or logs a value.
class Options {
 public:
  Options() = default;
  Options(std::initializer_list<std::pair<const std::string, std::string>> values) : values_(values) {}

  void set(std::string name, std::string value) { values_.insert_or_assign(std::move(name), std::move(value)); }
  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }

  // The value, or nothing where the option was not given and has no default.
  std::optional<std::string> find(std::string_view name) const;
  // The value or an empty text.
  std::string text(std::string_view name) const { return find(name).value_or(std::string()); }

  // The typed ones return a user error that names the option when the text is not of the type.
  Result<std::optional<std::int64_t>> integer(std::string_view name) const;
  Result<std::optional<bool>> boolean(std::string_view name) const;  // true, false
  // "90s", "15m", "2h", "1d" or a plain number of seconds; in seconds.
  Result<std::optional<double>> duration_seconds(std::string_view name) const;
  // "64kb", "256mb", "2gb" (powers of 1024) or a plain number of bytes.
  Result<std::optional<std::int64_t>> bytes(std::string_view name) const;

  const std::map<std::string, std::string, std::less<>>& values() const { return values_; }

  bool operator==(const Options&) const = default;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

// Each parses one text; nullopt where it is not of the type.
std::optional<std::int64_t> parse_integer(std::string_view text);
std::optional<bool> parse_boolean(std::string_view text);
std::optional<double> parse_duration_seconds(std::string_view text);
std::optional<std::int64_t> parse_bytes(std::string_view text);

// The known name that a mistyped one most likely meant (at most 2 letters put in, left out, replaced or swapped with their neighbour,
// or a third of its length; 1 for up to four letters; case aside), for "unknown option fhir_base_uri: did you mean fhir_base_url?".
std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> known);

}  // namespace lakeflow
