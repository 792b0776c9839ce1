#pragma once

#include <string>
#include <string_view>

namespace lakeflow {

// How a query that goes to Destination::query says a text (sql_literal) and a name (sql_identifier).
inline std::string sql_quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    out.append(c == quote ? 2 : 1, c);
  }
  return out + quote;
}
inline std::string sql_literal(std::string_view text) { return sql_quoted(text, '\''); }
inline std::string sql_identifier(std::string_view name) { return sql_quoted(name, '"'); }

}  // namespace lakeflow
