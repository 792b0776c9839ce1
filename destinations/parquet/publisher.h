#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "destinations/parquet/lake.h"

namespace lakeflow {

// When staged rows become a file in their table's folder.
struct PublishRules {
  std::uint64_t file_bytes = 0;  // so many bytes of a table are staged: files get about this size
  TimestampMicros file_age = 0;  // the oldest staged row is so old
};

// Moves committed rows from their staged files, which are as small as the commits, into files that readers like, in the tables' own
// folders; by commits of its own, so that a kill at any instant neither loses nor doubles them. A published file is never written again.
class Publisher {
 public:
  Publisher(Lake& lake, PublishRules rules) : lake_(lake), rules_(rules) {}

  // What is due by the rules; joins the small files of the lake's own tables, too, which are never published.
  Status publish_due();
  Status publish_all();

 private:
  Status publish(const std::vector<TableName>& tables);
  Result<TableChange> published(const TableName& name, const LakeTable& table, const std::string& stem);
  Result<std::optional<TableChange>> joined(const TableName& name, const LakeTable& table);
  bool is_due(const LakeTable& table) const;

  Lake& lake_;
  PublishRules rules_;
};

}  // namespace lakeflow
