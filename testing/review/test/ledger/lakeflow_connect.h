#pragma once

#include <string>

#include "sources/interface/registry.h"

namespace lakeflow {

// The connector `ledger`: a file of JSON lines to which a line is added for each entry. One table, entries, which only grows. Its offset is the
// number of the line to go on from.
class LedgerConnect final : public LakeflowConnect {
 public:
  static Result<std::unique_ptr<LakeflowConnect>> make(const Options& connection_options);
  explicit LedgerConnect(std::string path) : path_(std::move(path)) {}

  Result<std::vector<std::string>> list_tables() override;
  Result<std::shared_ptr<arrow::Schema>> get_table_schema(std::string_view table_name, const Options& table_options) override;
  Result<TableMetadata> read_table_metadata(std::string_view table_name, const Options& table_options) override;
  Result<std::unique_ptr<RecordReader>> read_table(std::string_view table_name, const Offset& start_offset, const Options& table_options,
                                                   const ReadContext& context) override;

 private:
  const std::string path_;
};

}  // namespace lakeflow
