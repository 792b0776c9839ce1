#include "sources/healthcare/hl7v2/repeats/repeat_reader.h"

#include <utility>

namespace lakeflow::hl7v2 {

Result<std::variant<RawRecords, End>> RepeatReader::next() {
  auto read = messages_->next();
  auto* const raw = read ? std::get_if<RawRecords>(&*read) : nullptr;
  if (raw == nullptr || raw->records.empty()) {
    return read;
  }
  // Only where there is something to compare: a look at a folder without anything new costs nothing.
  if (const StateLookup* const state = std::exchange(state_, nullptr)) {
    LAKEFLOW_TRY(seen_.load(*state, table_));
  }
  for (RawRecord& record : raw->records) {
    record.note = seen_.meet(MessageIdentity::of(record.bytes));
  }
  return read;
}

StateDelta RepeatReader::state_delta() {
  StateDelta delta = messages_->state_delta();
  if (StateDelta::Entries seen = seen_.delta(); !seen.empty()) {
    delta.of_table.emplace(table_, std::move(seen));
  }
  return delta;
}

}  // namespace lakeflow::hl7v2
