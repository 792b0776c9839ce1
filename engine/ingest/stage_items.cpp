#include "engine/ingest/stage_items.h"

namespace lakeflow {

RecordCounts& RecordCounts::operator+=(const RecordCounts& other) {
  bytes_read += other.bytes_read;
  read += other.read;
  decoded += other.decoded;
  quarantined += other.quarantined;
  for (const auto& [reason, count] : other.filtered) {
    filtered[reason] += count;
  }
  for (const auto& [reason, count] : other.rejects) {
    rejects[reason] += count;
  }
  for (const auto& [code, count] : other.remarks) {
    remarks[code] += count;
  }
  return *this;
}

}  // namespace lakeflow
