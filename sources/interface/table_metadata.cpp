#include "sources/interface/table_metadata.h"

namespace lakeflow {
namespace {

constexpr IngestionType kTypes[] = {IngestionType::kSnapshot, IngestionType::kCdc, IngestionType::kCdcWithDeletes, IngestionType::kAppend};

}  // namespace

std::string_view ingestion_type_name(IngestionType type) {
  switch (type) {
    case IngestionType::kSnapshot: return "snapshot";
    case IngestionType::kCdc: return "cdc";
    case IngestionType::kCdcWithDeletes: return "cdc_with_deletes";
    case IngestionType::kAppend: return "append";
  }
  return "snapshot";
}

std::optional<IngestionType> parse_ingestion_type(std::string_view name) {
  for (const IngestionType type : kTypes) {
    if (name == ingestion_type_name(type)) {
      return type;
    }
  }
  return std::nullopt;
}

}  // namespace lakeflow
