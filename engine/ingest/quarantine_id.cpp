#include "engine/ingest/quarantine_id.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <initializer_list>

namespace lakeflow {

std::string quarantine_id(std::string_view pipeline, const QuarantinedRecord& record) {
  std::string text;
  for (const std::string_view part : std::initializer_list<std::string_view>{pipeline, record.landing_tables, record.destination_table, record.reason,
                                                                             record.detail, record.origin, record.is_delete ? "delete" : ""}) {
    text += fmt::format("{}:{};", part.size(), part);
  }
  text += fmt::format("{};", record.position);
  text += record.bytes;
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace lakeflow
