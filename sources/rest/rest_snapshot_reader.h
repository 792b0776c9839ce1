#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sources/interface/record_reader.h"
#include "sources/rest/rest_pages.h"
#include "sources/rest/rest_server.h"
#include "sources/rest/rest_table.h"

namespace lakeflow {

// A whole list, each record once. It is complete only where nothing speaks against it: where pages shifted while they were read, or fewer records
// came than the server counts, it is walked again, and what was missed comes then. A source error after some such walks.
class RestSnapshotReader final : public RecordReader {
 public:
  // The table outlives it.
  RestSnapshotReader(std::unique_ptr<RestServer> server, const RestTable& table, const ReadContext& context)
      : server_(std::move(server)), table_(table), context_(context) {}

  Result<std::variant<RawRecords, End>> next() override;
  std::optional<Offset> offset() const override { return std::nullopt; }

 private:
  Result<RawRecords> new_records(const RestPage& page);

  const std::unique_ptr<RestServer> server_;
  const RestTable& table_;
  const ReadContext context_;
  std::optional<RestPages> pages_;
  std::set<std::string> returned_;  // identities
  std::uint64_t page_ = 0;
  int walks_ = 0;
};

}  // namespace lakeflow
