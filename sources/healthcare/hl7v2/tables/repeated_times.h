#pragma once

#include "sources/healthcare/hl7v2/tables/segment_plan.h"

namespace lakeflow::hl7v2 {

// A DT, DTM or TS that repeats: a list of the texts as they were sent, and beside it two of the same length, <name>_local and <name>_utc, in
// which each repetition has its place.
class RepeatedTimes final : public WholeField {
 public:
  RepeatedTimes(StructColumn& parent, BufferPool& pool, std::string_view name, std::string_view description);
  void read(const MessageTokens& tokens, const SegmentTokens& segment, std::uint32_t begin, std::uint32_t first, std::uint32_t end, std::int64_t row,
            ValueReader& reader, Address address) override;

 private:
  // One part of a repetition; the second may be a code of the first one's precision.
  void read_part(std::string_view raw, std::int64_t row, ValueReader& reader, const Address& address);

  Leaf leaf_;
  ListColumn* texts_ = nullptr;
  ListColumn* locals_ = nullptr;
  ListColumn* instants_ = nullptr;
};

}  // namespace lakeflow::hl7v2
