#include "sources/healthcare/fhir/fhir_table_options.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libs/http/url.h"

namespace lakeflow {
namespace {

// What the reader asks for by itself, what changes the form of the answer, and what brings other resources.
constexpr std::array<std::string_view, 15> kOwnParameters = {"_sort",     "_count",     "_lastUpdated",   "_total",  "_summary",
                                                             "_elements", "_include",   "_revinclude",    "_format", "_pretty",
                                                             "_since",    "_contained", "_containedType", "_type",   "_page"};

Error wrong_filter(std::string_view option, std::string_view what, std::string_view next_step) {
  return Error::user(fmt::format("{} {}", option, what), std::string(next_step));
}

bool is_name_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("_-.:").contains(c); }

bool is_hexadecimal(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

Result<std::string> encode_value(std::string_view value, std::string_view option) {
  // Of what may stand in a query (RFC 3986 §3.4) all but &, which ends a parameter, and + and ;, which some servers read otherwise.
  constexpr std::string_view kPlain = "-._~:/?@!$'()*,=";
  std::string encoded;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      return std::unexpected(wrong_filter(option, "has a line break or another control character in it", "leave it out"));
    }
    if (c == '%') {
      if (i + 2 >= value.size() || !is_hexadecimal(value[i + 1]) || !is_hexadecimal(value[i + 2])) {
        return std::unexpected(wrong_filter(option, "has a % that begins no escape", "write %25 for a percent sign"));
      }
      encoded += c;
    } else if (std::isalnum(static_cast<unsigned char>(c)) != 0 || kPlain.contains(c)) {
      encoded += c;
    } else {
      encoded += percent_encode(value.substr(i, 1));
    }
  }
  return encoded;
}

std::vector<std::string> names_of(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view name = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
    name = name.substr(0, name.find_last_not_of(' ') + 1);
    if (!name.empty()) {
      names.emplace_back(name);
    }
  }
  return names;
}

}  // namespace

Result<std::string> encode_search_filter(std::string_view filter, std::string_view option) {
  std::string encoded;
  while (!filter.empty()) {
    const std::size_t end = std::min(filter.find('&'), filter.size());
    const std::string_view parameter = filter.substr(0, end);
    filter.remove_prefix(std::min(end + 1, filter.size()));
    const std::size_t equals = parameter.find('=');
    const std::string_view name = parameter.substr(0, equals);
    if (equals == std::string_view::npos || name.empty() || !std::ranges::all_of(name, is_name_character)) {
      return std::unexpected(wrong_filter(option, "is no search", "write it like category=laboratory&status=final"));
    }
    if (equals + 1 == parameter.size()) {
      return std::unexpected(wrong_filter(option, fmt::format("has no value for {}", name), "write it like category=laboratory&status=final"));
    }
    if (std::ranges::find(kOwnParameters, name.substr(0, name.find(':'))) != kOwnParameters.end()) {
      return std::unexpected(wrong_filter(option, fmt::format("has the parameter {}, which is the connector's own", name),
                                          "name what chooses resources alone, such as category=laboratory"));
    }
    LAKEFLOW_ASSIGN(const std::string value, encode_value(parameter.substr(equals + 1), option));
    encoded += fmt::format("{}{}={}", encoded.empty() ? "" : "&", name, value);
  }
  return encoded;
}

Result<FhirTableOptions> FhirTableOptions::parse(std::string_view type, const Options& options) {
  FhirTableOptions table;
  LAKEFLOW_ASSIGN(const std::optional<std::int64_t> depth, options.integer("schema_depth"));
  LAKEFLOW_ASSIGN(const std::optional<std::int64_t> scale, options.integer("decimal_scale"));
  LAKEFLOW_ASSIGN(const std::optional<bool> raw_json, options.boolean("raw_json"));
  LAKEFLOW_ASSIGN(const std::optional<bool> on_wire, options.boolean("elements_on_wire"));
  // Beyond any range either is refused by name.
  table.schema.depth = static_cast<int>(std::clamp<std::int64_t>(depth.value_or(table.schema.depth), -1, 1'000'000));
  table.schema.decimal_scale = static_cast<int>(std::clamp<std::int64_t>(scale.value_or(table.schema.decimal_scale), -1, 1'000'000));
  table.schema.raw_json = raw_json.value_or(table.schema.raw_json);
  table.schema.elements = names_of(options.text("elements"));
  LAKEFLOW_ASSIGN(table.filter, encode_search_filter(options.text("search_filter")));
  if (on_wire.value_or(false)) {
    if (table.schema.elements.empty() || table.schema.raw_json) {
      return std::unexpected(Error::user("table option elements_on_wire needs elements, and raw_json false",
                                         "a resource of which the server sends a part would stand in raw_json as if it were whole"));
    }
    table.elements = fmt::format("_elements={}", fmt::join(fhir::searched_elements(type, table.schema.elements), ","));
  }
  return table;
}

}  // namespace lakeflow
