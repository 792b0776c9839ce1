#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sources/rest/rest_connector.h"
#include "sources/rest/test/list_server.h"
#include "testing/connector/connector_suite.h"
#include "testing/connector/table_reading.h"

namespace lakeflow {

// The table `items` of a ListServer, as a test describes it.
RestTable item_table(RestPaging paging, std::optional<RestCursor> cursor);

RestPaging by_page();
RestPaging by_offset();
RestPaging by_token();
RestPaging by_next_url();
RestPaging by_link();

RestCursor by_time(RestCursor::Order order = RestCursor::Order::kAny);

// The connector as a registry has it.
ConnectorEntry item_connector(RestTable table);

// Reads the table on from a place, as an ingest does.
class ItemReading {
 public:
  ItemReading(const ListServer& server, RestTable table, Options further = {});

  // The ids that came with this read, in their order; "deleted 7". The error's message where there was one.
  std::vector<std::string> read();
  const TableReading& last() const { return last_; }

 private:
  const ListServer& server_;
  const ConnectorEntry entry_;
  const Options further_;
  Offset offset_;
  KeyedState state_;
  TableReading last_;
};

}  // namespace lakeflow
