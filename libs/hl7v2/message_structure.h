#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "libs/hl7v2/tokenizer.h"

namespace lakeflow::hl7v2 {

// A message structure, compiled from the abstract message syntax (structure_definition.h) into a small automaton: from the place of one
// segment and the name of the next one to that one's place. Steps are worked out when they are first taken, and kept. Used by one
// thread. The text outlives it.
//
// A name that the structure has at several places goes to the nearest one: the segment itself where it repeats; what follows in
// its group; a new repetition of that group; then the same for each group around it. A group is entered by its first segment or one
// behind others that are optional. Real messages leave out what is required: so, where there is no such place, also by a segment that
// is required in it; and where there is none either, at an earlier place of a group that is open (a segment that comes late).
class MessageStructure {
 public:
  static constexpr std::uint16_t kNone = 0xFFFF;

  // The tree, in the order of the text: node 0 is the message, a group's parts follow it up to its end.
  struct Node {
    enum class Kind : std::uint8_t { kSegment, kGroup, kChoice };
    Kind kind = Kind::kSegment;
    bool is_required = true;
    bool repeats = false;
    bool is_anchor = false;    // a segment that the others of its group, behind it, belong to
    std::uint16_t end = 0;     // past its last part
    std::uint16_t parent = 0;  // a group or a choice
    std::uint16_t group = 0;   // the group around it, choices passed over
    SegmentName segment = 0;   // of kSegment
    std::string_view name;     // of kGroup: "PATIENT_RESULT"
  };

  struct Step {
    std::uint16_t node = kNone;     // the segment's; kNone: it has no place here
    std::uint16_t entered = kNone;  // the outermost group that is new, or repeats, with it
  };

  // An empty text is a message without any structure: no segment has a place in it.
  explicit MessageStructure(std::string_view text);

  const std::vector<Node>& nodes() const { return nodes_; }
  // From the place of one segment (0: before the first) to that of the next.
  const Step& step(std::uint16_t from, SegmentName segment);

 private:
  enum class Entry : std::uint8_t { kFirst, kRequired, kEarlier };

  std::uint16_t parse(std::string_view text, std::size_t& at, std::uint16_t parent, bool is_required, bool repeats);
  void mark_anchors();
  Step find(std::uint16_t from, SegmentName segment) const;
  Step find(std::uint16_t from, SegmentName segment, Entry entry) const;
  std::uint16_t enter(std::uint16_t node, SegmentName segment, Entry entry, bool only_required) const;
  Step entered(std::uint16_t part, std::uint16_t found) const;

  std::vector<Node> nodes_;
  // Of a name that occurs its number, by a hash.
  struct NameSlot {
    SegmentName name = 0;
    std::uint16_t number = 0;
  };
  // The name's slot, or the free one where it is none that occurs.
  NameSlot& find_name(SegmentName name);
  static std::size_t slot_of(SegmentName name) { return (name * 0x9E3779B1U) >> 24U; }
  static constexpr std::size_t kNameSlots = 256;  // more than twice as many as a structure has names
  std::vector<NameSlot> names_;
  std::size_t name_count_ = 0;
  struct KnownStep {
    Step step;
    bool is_known = false;
  };
  std::vector<KnownStep> steps_;  // by node, then name
  Step no_step_;
};

}  // namespace lakeflow::hl7v2
