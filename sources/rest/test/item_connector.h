#pragma once

#include <cstdint>
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
RestPaging by_list_of_links();
RestPaging by_link();
RestPaging by_key();  // from the last record's id on

RestCursor by_time(RestCursor::Order order = RestCursor::Order::kAny);

// The connector as a registry has it.
ConnectorEntry item_connector(RestTable table);
ConnectorEntry api_connector(RestApi api);

// Reads the table on from a place, as an ingest does.
class ItemReading {
 public:
  ItemReading(const ListServer& server, RestTable table, Options further = {});

  // The ids that came with this read, in their order, and behind them those of the table's list of deletions: "deleted 7". The error's message where
  // there was one.
  std::vector<std::string> read();
  // Of its records.
  const TableReading& last() const { return last_; }
  // Records that were sent once more with the last read, and known.
  std::uint64_t known_again() const { return known_again_; }

 private:
  // A stream of the table, from where the offset stands, on the state that its streams share.
  TableReading read_stream(LakeflowConnect& connector, Offset& offset, bool deletes, std::vector<std::string>& ids);

  const ListServer& server_;
  const bool has_deletes_;
  const ConnectorEntry entry_;
  const Options further_;
  Offset offset_;
  Offset deletes_offset_;
  KeyedState state_;
  std::uint64_t known_again_ = 0;
  TableReading last_;
};

}  // namespace lakeflow
