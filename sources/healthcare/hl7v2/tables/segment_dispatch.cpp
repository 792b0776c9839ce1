#include "sources/healthcare/hl7v2/tables/segment_dispatch.h"

namespace lakeflow::hl7v2 {

SegmentDispatch::SegmentDispatch(const std::vector<std::unique_ptr<TableRows>>& tables) : slots_(kSlots) {
  for (const auto& table : tables) {
    if (table->segment() == 0) {
      continue;
    }
    std::size_t slot = slot_of(table->segment());
    while (slots_[slot].name != 0 && slots_[slot].name != table->segment()) {
      slot = (slot + 1) % kSlots;
    }
    slots_[slot].name = table->segment();
    slots_[slot].tables.push_back(table.get());
  }
}

}  // namespace lakeflow::hl7v2
