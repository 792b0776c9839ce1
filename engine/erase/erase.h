#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "destinations/interface/destination.h"
#include "engine/pipeline/pipeline.h"
#include "engine/state/table_state.h"
#include "sources/interface/lakeflow_connect.h"

namespace lakeflow {

// What an erasure takes out, and what it can't reach. It does not name the person.
struct ErasureReport {
  std::string pipeline;
  std::string destination;
  ErasureCounts counts;
  std::uint64_t dead_letters = 0;
  std::vector<std::string> not_reached;  // sentences
};

struct EraseRequest {
  const Pipeline* pipeline = nullptr;
  LakeflowConnect* connector = nullptr;
  Destination* destination = nullptr;  // open for writing; to be destroyed afterwards, without being asked anything more
  std::string person;                  // the id that the source knows him by
  std::vector<std::string> texts;      // further words of him in raw bytes: a name, another number
  ByHand by;
  // Asked when everything is counted and nothing is done yet: an error ends it, and nothing was changed.
  std::function<Status(const ErasureReport&)> confirm;
};

// Takes a person out of what a pipeline landed: out of its tables, with their history and tombstones, by the column that the connector declares
// (TableMetadata::subject_field, and event_fields for rows that don't name him); out of quarantine and dead letters by searching their bytes for
// his id and the further texts. Rows and receipt (_lakeflow.erasures) are one transaction; then the destination writes its files anew, so
// that no bytes of him are left in them.
Result<ErasureReport> erase_person(const EraseRequest& request);

// One JSON object: the receipt.
std::string erasure_receipt(const ErasureReport& report);

}  // namespace lakeflow
