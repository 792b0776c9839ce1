#include "sources/healthcare/hl7v2/tables/segment_parents.h"

namespace lakeflow::hl7v2 {

bool has_parents(std::string_view segment) { return segment == "OBX"; }

void find_parents(const MessageTokens& tokens, std::vector<std::uint32_t>& parents) {
  constexpr SegmentName kObservation = segment_name("OBX");
  constexpr SegmentName kOrder = segment_name("OBR");
  constexpr SegmentName kVaccination = segment_name("RXA");
  parents.assign(tokens.segments.size(), kNoParent);
  // An OBX says something about the last OBR or RXA before it (HL7 v2.8.2 chapters 4A and 7).
  std::uint32_t last = kNoParent;
  for (std::uint32_t i = 0; i < tokens.segments.size(); ++i) {
    const SegmentName name = tokens.segments[i].name;
    if (name == kObservation) {
      parents[i] = last;
    } else if (name == kOrder || name == kVaccination) {
      last = i;
    }
  }
}

}  // namespace lakeflow::hl7v2
