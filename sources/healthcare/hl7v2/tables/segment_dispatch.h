#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "libs/hl7v2/tokenizer.h"
#include "sources/healthcare/hl7v2/tables/table_rows.h"

namespace lakeflow::hl7v2 {

// Which tables a segment gives rows to, by its name: however many tables there are, a message is walked through once.
class SegmentDispatch {
 public:
  // The tables live as long as this.
  explicit SegmentDispatch(const std::vector<std::unique_ptr<TableRows>>& tables);

  std::span<TableRows* const> find(SegmentName name) const {
    for (std::size_t slot = slot_of(name);; slot = (slot + 1) % kSlots) {
      if (slots_[slot].name == name || slots_[slot].name == 0) {
        return slots_[slot].tables;
      }
    }
  }

 private:
  // More than twice as many as there are segments in the standard.
  static constexpr std::size_t kSlots = 1024;
  struct Slot {
    SegmentName name = 0;
    std::vector<TableRows*> tables;
  };
  static std::size_t slot_of(SegmentName name) { return (name * 0x9E3779B1U) >> 22U; }

  std::vector<Slot> slots_;
};

}  // namespace lakeflow::hl7v2
