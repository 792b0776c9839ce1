#include "engine/quarantine/replayed_records.h"

#include <memory>
#include <string_view>
#include <vector>

#include "sources/interface/records_from_bytes.h"

namespace lakeflow {

Result<RawRecords> raw_records_of(LakeflowConnect& connector, std::span<const TableRequest> tables, std::span<const ReplayedEntry> entries) {
  auto buffer = std::make_shared<std::string>();
  std::vector<std::size_t> begins;
  for (const ReplayedEntry& entry : entries) {
    begins.push_back(buffer->size());
    *buffer += entry.bytes;
    buffer->append(kPadding, '\0');
  }
  RawRecords raw;
  auto* const divides = dynamic_cast<RecordsFromBytes*>(&connector);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const ReplayedEntry& entry = entries[i];
    const auto origin = static_cast<std::uint32_t>(raw.origins.size());
    raw.origins.push_back(entry.origin);
    raw.bytes_read += entry.bytes.size();
    const std::string_view bytes = std::string_view(*buffer).substr(begins[i], entry.bytes.size());
    if (divides != nullptr && !entry.is_delete) {
      LAKEFLOW_TRY(divides->divide(tables, bytes, entry.reason, origin, entry.position, raw));
    } else {
      raw.records.push_back(
          {.bytes = bytes, .operation = entry.is_delete ? Operation::kDelete : Operation::kUpsert, .origin = origin, .position = entry.position});
    }
  }
  raw.buffer = std::move(buffer);
  return raw;
}

}  // namespace lakeflow
