#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sources/interface/lakeflow_connect.h"
#include "sources/interface/row_count.h"
#include "sources/rest/rest_options.h"
#include "sources/rest/rest_server.h"
#include "sources/rest/rest_table.h"

namespace lakeflow {

// A connector to a JSON REST API, made of a description of its tables (rest_table.h) and the options of the connection (rest_options.yaml):
//
//   Result<std::unique_ptr<ShopConnect>> ShopConnect::make(const Options& options) { return make_rest_connector<ShopConnect>(shop_api(), options); }
//
// A class that derives from it may do any method otherwise, and call this one for what it leaves. Tables come in the order of the description; every
// method refuses a table that it does not have. Thread-safe but for its readers, each of which has a client of its own.
class RestConnector : public LakeflowConnect,
                      public DeletesInStream,
                      public OffsetInWords,
                      public OffsetByHand,
                      public ConnectionCheck,
                      public RowCount {
 public:
  RestConnector(RestApi api, RestServerOptions server);

  Result<std::vector<std::string>> list_tables() override;
  Result<std::shared_ptr<arrow::Schema>> get_table_schema(std::string_view table_name, const Options& table_options) override;
  Result<TableMetadata> read_table_metadata(std::string_view table_name, const Options& table_options) override;
  Result<std::unique_ptr<RecordReader>> read_table(std::string_view table_name, const Offset& start_offset, const Options& table_options,
                                                   const ReadContext& context) override;
  Result<std::unique_ptr<RecordReader>> read_table_deletes(std::string_view table_name, const Offset& start_offset, const Options& table_options,
                                                           const ReadContext& context) override;

  bool deletes_in_stream(const TableRequest& table) override;
  Result<std::string> offset_in_words(const TableRequest& table, const Offset& offset, const StateLookup& state) override;
  Result<Offset> offset_at(const TableRequest& table, TimestampMicros time) override;
  Result<Offset> parse_offset(const TableRequest& table, std::string_view json) override;
  // Asks for the first page of each table and of its deletes, looks for what the description names, and whether the filter is obeyed.
  Result<std::vector<CheckFinding>> check_connection(std::span<const TableRequest> tables, const ReadContext& context) override;
  // Where the server counts the list.
  Result<std::optional<std::uint64_t>> count_rows(const TableRequest& table, const ReadContext& context) override;

 protected:
  // The table's description, or the user error that names the nearest table.
  Result<const RestTable*> table_of(std::string_view table_name) const;
  // A client of this connection.
  Result<std::unique_ptr<RestServer>> connect(const ReadContext& context) const;

 private:
  Result<std::unique_ptr<RecordReader>> read_below(const RestTable& table, std::unique_ptr<RestServer> server, const Offset& start_offset,
                                                   const ReadContext& context) const;
  // By which the table is read on: its own, or its parent's; null where it is read whole.
  Result<const RestCursor*> cursor_of(const RestTable& table) const;

  const RestApi api_;
  const RestServerOptions server_;
};

// What is wrong with a description, before anything is asked for: a schema that can't be read, a key or cursor that is no column, paging without what
// it needs. An internal error that names table and member.
Status check_rest_api(const RestApi& api);

template <typename Connector>
Result<std::unique_ptr<Connector>> make_rest_connector(RestApi api, const Options& connection_options) {
  LAKEFLOW_TRY(check_rest_api(api));
  LAKEFLOW_ASSIGN(RestServerOptions server, RestServerOptions::parse(connection_options));
  return std::make_unique<Connector>(std::move(api), std::move(server));
}

}  // namespace lakeflow
