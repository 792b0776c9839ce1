#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "sources/interface/record_reader.h"
#include "sources/rest/rest_server.h"
#include "sources/rest/rest_table.h"
#include "sources/rest/rest_whole_list.h"

namespace lakeflow {

// A whole list, each record once. It is complete only where nothing speaks against it (RestWholeList).
class RestSnapshotReader final : public RecordReader {
 public:
  // The table outlives it.
  RestSnapshotReader(std::unique_ptr<RestServer> server, const RestTable& table, const ReadContext& context)
      : server_(std::move(server)), context_(context), list_(*server_, table.list, table.list.path, table.primary_keys, table.name, context_) {}

  Result<std::variant<RawRecords, End>> next() override;
  std::optional<Offset> offset() const override { return std::nullopt; }

 private:
  const std::unique_ptr<RestServer> server_;
  const ReadContext context_;
  RestWholeList list_;
  std::uint64_t page_ = 0;
};

}  // namespace lakeflow
