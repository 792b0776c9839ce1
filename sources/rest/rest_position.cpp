#include "sources/rest/rest_position.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lakeflow {

Offset RestPosition::offset(RestCursor::Form form) const {
  const std::string place = read_up_to ? fmt::format("\"{}\"", cursor_text(form, *read_up_to)) : std::string("null");
  return Offset(fmt::format(R"({{"read_up_to":{},"changes":{}}})", place, changes));
}

Result<RestPosition> RestPosition::parse(const Offset& offset, RestCursor::Form form) {
  RestPosition position;
  if (offset.is_start()) {
    return position;
  }
  const Error wrong = Error::internal("the offset is none of this table's", "lakeflow state reset reads the table anew");
  const nlohmann::json json = nlohmann::json::parse(offset.json(), nullptr, false);
  if (!json.is_object() || !json.contains("read_up_to") || !json.contains("changes") || !json["changes"].is_number_unsigned()) {
    return std::unexpected(wrong);
  }
  position.changes = json["changes"].get<std::uint64_t>();
  if (json["read_up_to"].is_string()) {
    position.read_up_to = parse_cursor_text(form, json["read_up_to"].get<std::string>());
  }
  if (!json["read_up_to"].is_null() && !position.read_up_to) {
    return std::unexpected(wrong);
  }
  return position;
}

}  // namespace lakeflow
