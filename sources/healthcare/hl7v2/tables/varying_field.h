#pragma once

#include "sources/healthcare/hl7v2/tables/segment_plan.h"

namespace lakeflow::hl7v2 {

// A field whose datatype another field names (OBX-5 by OBX-2): a list of its repetitions as texts, each as it was sent where
// delimiters divide it.
class VaryingField final : public WholeField {
 public:
  VaryingField(StructColumn& parent, BufferPool& pool, std::string_view name, std::string_view description);
  void read(const MessageTokens& tokens, const SegmentTokens& segment, std::uint32_t begin, std::uint32_t first, std::uint32_t end, std::int64_t row,
            ValueReader& reader, Address address) override;

 private:
  TextColumn* texts_ = nullptr;
  ListColumn* list_ = nullptr;
};

}  // namespace lakeflow::hl7v2
