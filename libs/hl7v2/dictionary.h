#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace lakeflow::hl7v2 {

// What a value of a datatype is, as far as storing it matters.
enum class ValueKind : std::uint8_t {
  kText,       // ST, ID, IS, TX, FT, SNM …
  kInteger,    // SI
  kNumber,     // NM
  kDateTime,   // DT, DTM and the first component of TS
  kComposite,  // divided into components
  kVaries,     // by another field (OBX-5 by OBX-2)
};

struct ComponentDefinition;

struct DatatypeDefinition {
  std::string_view name;  // "CX"
  ValueKind kind = ValueKind::kText;
  std::span<const ComponentDefinition> components;  // of kComposite, from component 1 on
};

struct ComponentDefinition {
  std::string_view name;  // the standard's, in snake_case: "id_number"
  const DatatypeDefinition* type = nullptr;
};

struct FieldDefinition {
  std::string_view name;  // likewise: "patient_identifier_list"
  const DatatypeDefinition* type = nullptr;
  bool repeats = false;
};

struct SegmentDefinition {
  std::string_view name;                    // "PID"
  std::string_view description;             // "Patient identification"
  std::span<const FieldDefinition> fields;  // from field 1 on
};

// The definition of a segment that holds for messages of every version: each field as the last version that has it defines
// it (HL7 v2.8.2 chapters 2A, 3 and 7; fields withdrawn by then as they last were). Nothing where the segment is not known.
// Definitions live for ever. What a message has beyond its definition is the reader's to keep.
const SegmentDefinition* find_segment_definition(std::string_view name);

}  // namespace lakeflow::hl7v2
