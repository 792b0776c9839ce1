#include "sources/rest/test/item_connector.h"

#include <fmt/format.h>

namespace lakeflow {

RestTable item_table(RestPaging paging, std::optional<RestCursor> cursor) {
  RestTable table{.name = "items",
                  .schema = "{id: long, changed: long, amount: 'decimal(12,2)', deleted: boolean, extra: json}",
                  .primary_keys = {"id"},
                  .list = {.path = "/items", .records_at = "data", .paging = std::move(paging)},
                  .cursor = std::move(cursor)};
  if (table.cursor && table.cursor->order != RestCursor::Order::kAny) {
    table.list.parameters = {{"sort", table.cursor->order == RestCursor::Order::kAscending ? "changed" : "-changed"}};
  }
  return table;
}

namespace {
RestPaging paging(RestPaging::Style style, std::string parameter) {
  return {.style = style, .parameter = std::move(parameter), .size_parameter = "limit", .page_size = 7};
}
}  // namespace

RestPaging by_page() { return paging(RestPaging::Style::kPageNumber, "page"); }
RestPaging by_offset() { return paging(RestPaging::Style::kOffset, "offset"); }
RestPaging by_token() {
  RestPaging token = paging(RestPaging::Style::kToken, "cursor");
  token.next_at = "next";
  token.more_at = "more";
  return token;
}
RestPaging by_next_url() {
  RestPaging url = paging(RestPaging::Style::kNextUrl, "");
  url.next_at = "next_url";
  return url;
}
RestPaging by_list_of_links() {
  RestPaging url = paging(RestPaging::Style::kNextUrl, "");
  url.next_at = "link[relation=next].url";
  return url;
}
RestPaging by_link() { return paging(RestPaging::Style::kLinkHeader, ""); }

RestPaging by_key() {
  RestPaging key = paging(RestPaging::Style::kToken, "from");
  key.next_from_record = "id";
  return key;
}

RestCursor by_time(RestCursor::Order order) {
  return {.field = "changed", .form = RestCursor::Form::kEpochSeconds, .filter = "since", .order = order};
}

ConnectorEntry item_connector(RestTable table) { return api_connector({.tables = {std::move(table)}}); }

ConnectorEntry api_connector(RestApi api) {
  return connector_entry("items", "{name: items, include: [rest]}", {{"rest", rest_options()}},
                         [api = std::move(api)](const Options& options) -> Result<std::unique_ptr<LakeflowConnect>> {
                           return make_rest_connector<RestConnector>(api, options);
                         });
}

ItemReading::ItemReading(const ListServer& server, RestTable table, Options further)
    : server_(server), has_deletes_(table.deletes.has_value()), entry_(item_connector(std::move(table))), further_(std::move(further)) {}

std::vector<std::string> ItemReading::read() {
  Options given = further_;
  given.set("base_url", server_.base_url());
  const auto options = entry_.spec.check_connection_options(given);
  if (!options) return {options.error().message()};
  const auto connector = entry_.make(*options);
  if (!connector) return {connector.error().message()};
  std::vector<std::string> ids;
  known_again_ = 0;
  last_ = read_stream(**connector, offset_, false, ids);
  if (has_deletes_) read_stream(**connector, deletes_offset_, true, ids);
  return ids;
}

TableReading ItemReading::read_stream(LakeflowConnect& connector, Offset& offset, bool deletes, std::vector<std::string>& ids) {
  TableReading reading;
  const auto schema = connector.get_table_schema("items", {});
  const auto metadata = connector.read_table_metadata("items", {});
  if (!schema || !metadata) {
    ids.push_back("the table is not declared");
    return reading;
  }
  reading = read_table(connector, {{"items", {}}, *schema, *metadata}, {.offset = offset, .state = state_, .deletes = deletes});
  if (reading.last_place() != nullptr) {
    offset = reading.last_place()->offset;
    state_ = reading.state;
  }
  for (const ReadRow& row : reading.rows) {
    ids.push_back((row.deleted ? "deleted " : "") + row.key.substr(0, row.key.find(kEndOfKey)));
  }
  if (reading.error) ids.push_back(reading.error->message());
  if (const auto known = reading.filtered.find("already_read"); known != reading.filtered.end()) known_again_ += known->second;
  return reading;
}

}  // namespace lakeflow
