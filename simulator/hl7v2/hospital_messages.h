#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "simulator/hl7v2/hospital.h"
#include "simulator/hl7v2/message_text.h"

namespace lakeflow {

// A message as a hospital's systems send it.
struct HospitalMessage {
  std::string type;        // "ADT"
  std::string control_id;  // MSH-10
  std::string bytes;       // in the character set that MSH-18 names; segments end in CR
  std::vector<std::string> segments;
};

// Writes what happens in a hospital as messages of its systems: each has its own version of HL7 v2 (2.3 to 2.8), its habits and its Z segments.
//   ADT  admissions, transfers, updates, discharges, merges, with next of kin, allergies, diagnoses, insurance
//   ORM  orders, several in a message
//   ORU  results: several OBR groups with several OBX each, at times of two patients; all kinds of OBX-5
//   SIU  appointments with services, people, rooms and devices
//   VXU  vaccinations, several in a message, with their observations
class HospitalMessages {
 public:
  HospitalMessages(std::uint64_t seed, std::uint64_t messages) : hospital_(seed, messages) {}

  HospitalMessage next();

 private:
  struct System {
    std::string_view application;
    std::string_view version;
  };

  MessageText begin(const System& system, std::string_view type, std::string_view event, std::string_view structure);
  HospitalMessage finish(MessageText& message, std::string_view type);

  MessageText admission();
  MessageText order();
  MessageText result();
  MessageText appointment();
  MessageText vaccination();

  void event_segment(MessageText& message, std::string_view event);
  void patient_segments(MessageText& message, std::size_t person, std::string_view set_id, bool with_visit);
  void visit_segment(MessageText& message, std::size_t person);
  void family_segments(MessageText& message, std::size_t person);
  void insurance_segments(MessageText& message, std::size_t person);
  void order_segment(MessageText& message, std::string_view control, const std::string& placer, const std::string& filler);
  void observation_segment(MessageText& message, unsigned number);
  void note_segment(MessageText& message, unsigned number);
  std::string clinician_text(const MessageText& message, const Clinician& clinician) const;
  std::string location_text(const MessageText& message, const Bed& bed) const;

  Hospital hospital_;
  System system_;
  std::string control_id_;
};

}  // namespace lakeflow
