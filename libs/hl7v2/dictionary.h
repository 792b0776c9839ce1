#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "libs/hl7v2/version.h"

namespace lakeflow::hl7v2 {

// What a value of a datatype is, as far as storing it matters.
enum class ValueKind : std::uint8_t {
  kText,       // ST, ID, IS, TX, FT, TM, SNM …
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
  std::string_view description = {};  // for people, where its segment and number do not say it
};

struct SegmentDefinition {
  std::string_view name;                    // "PID"
  std::string_view description;             // "Patient Identification"
  std::span<const FieldDefinition> fields;  // from field 1 on
};

// The definition of a segment that holds for messages of every version: all positions that any version from 2.1 to 2.8.2 has,
// each with the name, the type and the repetition of the newest version that did not withdraw it; so are the components of
// datatypes. Names are the standard's long names; one that a segment has twice gets the field's number. Nothing where no
// version has the segment. Definitions live for ever. What a message has beyond its definition is the reader's to keep.
const SegmentDefinition* find_segment_definition(std::string_view name);

// All segments of all versions, by name.
std::span<const SegmentDefinition> segment_definitions();

// Nothing where no version has the datatype. "CWE"
const DatatypeDefinition* find_datatype_definition(std::string_view name);

// All datatypes of all versions, by name; among them WD, which a withdrawn field has, and "varies".
std::span<const DatatypeDefinition> datatype_definitions();

// A field as one version of the standard has it.
struct FieldUse {
  std::string_view name;    // in that version
  std::string_view type;    // the datatype's name; empty where the field is withdrawn
  std::uint16_t min = 0;    // 1: required
  std::uint16_t max = 1;    // 0: as often as wanted
  std::uint16_t table = 0;  // number of the HL7 table of its codes; 0: none
  bool is_withdrawn = false;
};

bool has_segment(Version version, std::string_view segment);

// `number` from 1 on. Nothing where that version has no such field (yet).
std::optional<FieldUse> find_field_use(Version version, std::string_view segment, std::uint32_t number);

}  // namespace lakeflow::hl7v2
