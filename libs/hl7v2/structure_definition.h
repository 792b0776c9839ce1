#pragma once

#include <string_view>

#include "libs/hl7v2/version.h"

namespace lakeflow::hl7v2 {

// How the segments of a message are ordered and grouped.
struct StructureDefinition {
  std::string_view name;  // "ORU_R01"
  // The standard's abstract message syntax: "MSH [{SFT}] {PATIENT_RESULT([PATIENT(PID [PD1])] {ORDER_OBSERVATION([ORC] OBR)})}".
  // [ ] is optional, { } repeats, NAME( ) is a group, and a choice is "NAME(OBR | RQD | RQ1)".
  std::string_view text;
  Version version = kNewestVersion;  // whose definition it is
};

// The structure of a message by its MSH-9 (code "ORU", trigger event "R01", structure "ORU_R01"; all but the code may be empty) and
// version: the one that MSH-9.3 names, else the one named after code and event, else by the event (HL7 table 0354: ADT^A04 is
// an ADT_A01), else the code's only or first one. Where that version lacks all of these, of the nearest version that has one.
// The text is empty where no version has one.
StructureDefinition find_structure(Version version, std::string_view code, std::string_view trigger, std::string_view structure);

}  // namespace lakeflow::hl7v2
