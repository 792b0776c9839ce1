#include "destinations/sql/sql_text.h"

#include <algorithm>
#include <cctype>

#include "destinations/interface/sql_literal.h"

namespace lakeflow {

std::string quote_identifier(std::string_view name) { return sql_identifier(name); }

std::string lower_name(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string quote_path(std::string_view path) {
  std::string out;
  for (std::size_t start = 0;;) {
    const std::size_t dot = path.find('.', start);
    out += quote_identifier(path.substr(start, dot - start));
    if (dot == std::string_view::npos) return out;
    out += '.';
    start = dot + 1;
  }
}

std::string quote_table(const TableName& name) { return quote_identifier(name.schema) + "." + quote_identifier(name.table); }

std::string quote_text(std::string_view text) { return sql_literal(text); }

}  // namespace lakeflow
