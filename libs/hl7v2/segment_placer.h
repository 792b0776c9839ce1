#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libs/hl7v2/message.h"
#include "libs/hl7v2/message_structure.h"
#include "libs/hl7v2/place_memory.h"
#include "libs/hl7v2/segment_place.h"
#include "libs/hl7v2/structure_definition.h"
#include "libs/hl7v2/tokenizer.h"

namespace lakeflow::hl7v2 {

struct MessagePlaces {
  VersionMatch version;           // that the message was read by
  StructureDefinition structure;  // without a name where none is known: no segment has a group then
  std::vector<SegmentPlace> segments;
  std::string_view paths;  // of the groups, one behind the other, and 32 bytes more that may be read

  // "PATIENT_RESULT[1].ORDER_OBSERVATION[2]"; empty for what stands in the message itself.
  std::string_view path(std::uint32_t segment) const { return segments[segment].path_in(paths); }
};

// Finds each segment's place: in one pass over the segments, by the structure that MSH-9 and MSH-12 name. Never fails: a segment
// without a place takes that of the one before it. Keeps the structures that it has met, and places of
// messages (place_memory.h). Used by one thread.
//
// A segment belongs to the last required one before it in its group (the NTE behind an OBX to the OBX, the IN2 to its IN1), a group's
// first one to that of the group around (the OBX to its OBR, the RXA to its ORC), and else to its patient; so do segments of the
// standard that have no place here, while a Z segment belongs to what it stands behind. A patient is
// whom the last PID names, within the repetition of the group that holds it: a result without PID is nobody's, and what stands
// behind several patients (the resources of an appointment) too.
class SegmentPlacer {
 public:
  // Good until the next call. The message's first segment is MSH, of which `header` has the fields.
  const MessagePlaces& place(const MessageTokens& message, const FirstFields& header);

 private:
  struct Known {
    std::uint32_t number = 0;  // in the memory
    VersionMatch version;
    StructureDefinition definition;
    MessageStructure structure;
  };
  // A repetition of a group in a message.
  struct GroupRepetition {
    std::uint32_t path_begin = 0;  // in paths_
    std::uint32_t path_size = 0;
  };
  // What is open at a node of the structure that is a group.
  struct Open {
    std::uint32_t repetition = 0;  // index into groups_
    std::uint32_t count = 0;       // of its repetitions in the group around it
    std::uint32_t anchor = kNoSegment;
    std::uint32_t patient = kNoSegment;
  };

  Known& find(const FirstFields& header);
  void run(Known& known, const MessageTokens& message);
  // The step goes to `node` and enters the group `entered`.
  void open(const std::vector<MessageStructure::Node>& nodes, std::uint16_t node, std::uint16_t entered);
  void add_repetition(std::string_view name, std::uint32_t number, std::uint32_t around);
  std::uint32_t parent_of(const std::vector<MessageStructure::Node>& nodes, const MessageTokens& message, std::uint32_t index, std::uint16_t group,
                          bool is_placed) const;
  std::uint32_t patient_of(const std::vector<MessageStructure::Node>& nodes, std::uint16_t group) const;
  void note_patient(const std::vector<MessageStructure::Node>& nodes, std::uint32_t index, std::uint16_t group);

  // What a message is known by, and where it is looked for first.
  struct Recent {
    std::string type;     // MSH-9 as sent, its first repetition
    std::string version;  // MSH-12.1 as sent
    Known* known = nullptr;
  };

  std::unordered_map<std::string, std::unique_ptr<Known>> known_;  // by type and version
  std::vector<Recent> recent_;                                     // by a hash; a later one takes the place of an earlier
  PlaceMemory memory_;
  MessagePlaces places_;
  // While they are found: what is open, by node; the groups so far, of which the first one is the message itself; their paths.
  std::vector<Open> open_;
  std::vector<GroupRepetition> groups_;
  std::string paths_;
};

}  // namespace lakeflow::hl7v2
