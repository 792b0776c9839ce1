#include "simulator/hl7v2/hospital_messages.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "simulator/hl7v2/hospital_vocabulary.h"

namespace lakeflow {
namespace {

using namespace std::string_view_literals;

// Latin-1, where the text has no other characters.
std::string to_latin1(std::string_view utf8, bool& fits) {
  constexpr unsigned char kTwoBytes = 0xC2;  // and 0xC3: U+0080 to U+00FF
  std::string latin1;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte < 0x80) {
      latin1 += utf8[i];
    } else if ((byte == kTwoBytes || byte == kTwoBytes + 1) && i + 1 < utf8.size()) {
      latin1 += static_cast<char>((byte == kTwoBytes ? 0U : 0x40U) + static_cast<unsigned char>(utf8[++i]));
    } else {
      fits = false;
      return {};
    }
  }
  return latin1;
}

}  // namespace

HospitalMessage HospitalMessages::next() {
  hospital_.pass_time();
  const std::uint64_t kind = hospital_.random().below(100);
  if (kind < 40) {
    MessageText message = admission();
    return finish(message, "ADT");
  }
  if (kind < 75) {
    MessageText message = result();
    return finish(message, "ORU");
  }
  if (kind < 86) {
    MessageText message = order();
    return finish(message, "ORM");
  }
  if (kind < 94) {
    MessageText message = appointment();
    return finish(message, "SIU");
  }
  MessageText message = vaccination();
  return finish(message, "VXU");
}

MessageText HospitalMessages::begin(const System& system, std::string_view type, std::string_view event, std::string_view structure) {
  RandomSource& random = hospital_.random();
  system_ = system;
  EncodingCharacters characters;
  if (random.chance(1)) {
    characters = {.field = '#', .component = '!', .repetition = '*', .escape = '\\', .subcomponent = '&'};
  }
  MessageText message(characters);
  control_id_ = hospital_.next_number("");
  // Some send seconds and the offset, some tenths of a second, some only minutes.
  std::string time = hl7_time(hospital_.now());
  if (system.version == "2.8"sv) {
    time += ".5+0100";
  } else if (system.version == "2.3"sv) {
    time.resize(12);
  }
  const bool names_structure = system.version != "2.3"sv && system.version != "2.3.1"sv;
  message.segment("MSH")
      .field(3, names_structure ? message.components({system.application, "1.2.3.4.5", "ISO"}) : message.text(system.application))
      .field(4, "EAST")
      .field(5, "EHR")
      .field(6, "EAST")
      .field(7, time)
      .field(9, names_structure ? message.components({type, event, structure}) : message.components({type, event}))
      .field(10, control_id_)
      .field(11, "P")
      .field(12, names_structure && random.chance(10) ? message.components({system.version, "USA"}) : std::string(system.version));
  if (random.chance(30)) {
    message.field(15, "AL").field(16, "NE");
  }
  return message;
}

HospitalMessage HospitalMessages::finish(MessageText& message, std::string_view type) {
  HospitalMessage finished{.type = std::string(type), .control_id = control_id_, .bytes = message.finish("\r"), .segments = message.segment_names()};
  bool is_ascii = true;
  for (const char c : finished.bytes) {
    is_ascii = is_ascii && static_cast<unsigned char>(c) < 0x80;
  }
  if (is_ascii) {
    return finished;
  }
  bool fits = hospital_.random().chance(40);
  message.header_field(18, "8859/1");
  std::string latin1 = fits ? to_latin1(message.finish("\r"), fits) : "";
  if (fits) {
    finished.bytes = std::move(latin1);
  } else {
    message.header_field(18, "UNICODE UTF-8");
    finished.bytes = message.finish("\r");
  }
  return finished;
}

MessageText HospitalMessages::admission() {
  constexpr std::array kEvents = {"A01"sv, "A04"sv, "A08"sv, "A08"sv, "A02"sv, "A03"sv, "A31"sv, "A40"sv};
  RandomSource& random = hospital_.random();
  std::string_view event = random.pick(kEvents);
  const std::size_t person = hospital_.some_person();
  if (event == "A40"sv && !random.chance(30)) {
    event = "A08"sv;
  }
  const std::string_view structure = event == "A40"sv   ? "ADT_A39"sv
                                     : event == "A02"sv ? "ADT_A02"sv
                                     : event == "A03"sv ? "ADT_A03"sv
                                     : event == "A31"sv ? "ADT_A05"sv
                                                        : "ADT_A01"sv;
  MessageText message = begin(random.chance(70) ? System{"PAS", "2.5.1"} : System{"PAS-OLD", "2.3"}, "ADT", event, structure);
  event_segment(message, event);
  if (event == "A40"sv) {
    patient_segments(message, person, "1", false);
    message.segment("MRG").field(1, message.components({hospital_.next_number("MR"), "", "", "EAST", "MR"}));
    return message;
  }
  if (event == "A02"sv) {
    hospital_.visit(person).bed = hospital_.some_bed();
  }
  patient_segments(message, person, "1", false);
  if (event == "A01"sv || event == "A04"sv || event == "A08"sv) {
    family_segments(message, person);
  }
  visit_segment(message, person);
  if (random.chance(15)) {
    message.segment("PV2").field(3, message.components({"", "elective; see notes"})).field(8, hl7_time(hospital_.now() + kDay, 8));
  }
  if (event == "A01"sv || event == "A04"sv || event == "A08"sv) {
    for (const unsigned i : numbers_to(random.below(3))) {
      observation_segment(message, i);
    }
    for (const unsigned i : numbers_to(random.below(3))) {
      const Code& allergy = random.pick(kAllergies);
      message.segment("AL1")
          .field(1, fmt::to_string(i))
          .field(2, "DA")
          .field(3, coded(message, allergy))
          .field(4, "SV")
          .field(5, message.repetitions({message.text("rash"), message.text("wheeze")}));
    }
  }
  if (event != "A02"sv && event != "A31"sv) {
    for (const unsigned i : numbers_to(random.below(3))) {
      message.segment("DG1")
          .field(1, fmt::to_string(i))
          .field(3, coded(message, random.pick(kDiagnoses)))
          .field(5, hl7_time(hospital_.now(), 8))
          .field(6, "F");
    }
  }
  if (event == "A01"sv || event == "A04"sv || event == "A31"sv) {
    insurance_segments(message, person);
  }
  if (random.chance(20)) {
    message.segment("ZPI").field(1, "1").field(2, message.components({"VIP", "N"})).field(3, message.text("Dr. House & team")).field(30, "end");
  }
  if (event == "A03"sv) {
    hospital_.end_visit(person);
  }
  return message;
}

MessageText HospitalMessages::order() {
  RandomSource& random = hospital_.random();
  const std::size_t person = hospital_.some_person();
  MessageText message = begin(random.chance(60) ? System{"CPOE", "2.4"} : System{"CPOE", "2.5"}, "ORM", "O01", "ORM_O01");
  patient_segments(message, person, "1", true);
  for (std::uint64_t orders = random.between(1, 3); orders > 0; --orders) {
    const std::string placer = hospital_.next_number("P");
    order_segment(message, random.chance(80) ? "NW" : "CA", placer, "");
    const Code& panel = random.pick(kPanels);
    message.segment("OBR")
        .field(1, "1")
        .field(2, message.components({placer, "CPOE"}))
        .field(4, coded(message, panel))
        .field(7, hl7_time(hospital_.now()))
        .field(16, clinician_text(message, hospital_.some_clinician()))
        .field(27, message.components({"", "", "", hl7_time(hospital_.now() + kHour)}));
    if (random.chance(40)) {
      note_segment(message, 1);
    }
    if (random.chance(30)) {
      message.segment("DG1").field(1, "1").field(3, coded(message, random.pick(kDiagnoses)));
    }
  }
  return message;
}

MessageText HospitalMessages::result() {
  constexpr std::array kSystems = {System{"LAB", "2.5.1"}, System{"LAB", "2.3"}, System{"RIS", "2.3.1"}, System{"POC", "2.7"}, System{"LAB2", "2.8"}};
  RandomSource& random = hospital_.random();
  MessageText message = begin(random.pick(kSystems), "ORU", "R01", "ORU_R01");
  for (std::uint64_t patients = random.chance(4) ? 2 : 1; patients > 0; --patients) {
    const std::size_t person = hospital_.some_person();
    patient_segments(message, person, "1", random.chance(70));
    const std::uint64_t groups = random.between(1, 3);
    for (std::uint64_t group = 1; group <= groups; ++group) {
      const std::string placer = hospital_.next_number("P");
      const std::string filler = hospital_.next_number("F");
      if (random.chance(60)) {
        order_segment(message, "RE", placer, filler);
      }
      message.segment("OBR")
          .field(1, random.chance(90) ? fmt::to_string(group) : "")
          .field(2, message.text(placer))
          .field(3, message.text(filler))
          .field(4, coded(message, random.pick(kPanels)))
          .field(7, hl7_time(hospital_.now() - kHour, random.chance(20) ? 12 : 14))
          .field(14, hl7_time(hospital_.now() - kHour / 2))
          .field(16, clinician_text(message, hospital_.some_clinician()))
          .field(22, hl7_time(hospital_.now()))
          .field(25, random.chance(80) ? "F" : "P");
      if (random.chance(15)) {
        note_segment(message, 1);
      }
      const std::uint64_t observations = random.between(1, 8);
      for (unsigned i = 1; i <= observations; ++i) {
        observation_segment(message, i);
        if (random.chance(12)) {
          note_segment(message, 1);
        }
      }
      if (random.chance(10) && system_.version != "2.3"sv && system_.version != "2.3.1"sv) {
        message.segment("SPM")
            .field(1, "1")
            .field(4, message.components({"BLD", "Blood", "HL70487"}))
            .field(17, message.components({hl7_time(hospital_.now() - 2 * kHour), hl7_time(hospital_.now() - kHour)}));
      }
    }
  }
  return message;
}

MessageText HospitalMessages::appointment() {
  constexpr std::array kEvents = {"S12"sv, "S13"sv, "S14"sv, "S15"sv};
  RandomSource& random = hospital_.random();
  const std::string_view event = random.pick(kEvents);
  MessageText message = begin(random.chance(50) ? System{"SCHED", "2.3.1"} : System{"SCHED", "2.5"}, "SIU", event, "SIU_S12");
  const std::int64_t start = hospital_.now() + static_cast<std::int64_t>(random.between(1, 90)) * kDay;
  const std::uint64_t minutes = 15 * random.between(1, 6);
  const Code& service = random.pick(kServices);
  const std::string at = hl7_time(start);
  message.segment("SCH")
      .field(1, message.components({hospital_.next_number("A"), "SCHED"}))
      .field(2, message.components({hospital_.next_number("B"), "SCHED"}))
      .field(5, message.components({"S1", "Weekly clinic"}))
      .field(6, message.components({event == "S15"sv ? "CANCEL" : "BOOK", "as asked"}))
      .field(7, message.components({"FU", "Follow-up"}))
      .field(8, message.components({"NORMAL", "Routine"}))
      .field(9, fmt::to_string(minutes))
      .field(10, "min")
      .field(11, message.components({"", "", "", at, hl7_time(start + static_cast<std::int64_t>(minutes) * kMinute)}))
      .field(16, clinician_text(message, hospital_.some_clinician()))
      .field(25, event == "S15"sv ? "Cancelled" : "Booked");
  patient_segments(message, hospital_.some_person(), "1", true);
  for (const unsigned group : numbers_to(random.between(1, 2))) {
    message.segment("RGS").field(1, fmt::to_string(group)).field(2, "A");
    message.segment("AIS")
        .field(1, "1")
        .field(2, "A")
        .field(3, coded(message, service))
        .field(4, at)
        .field(7, fmt::to_string(minutes))
        .field(8, "min");
    if (random.chance(80)) {
      message.segment("AIP")
          .field(1, "1")
          .field(3, clinician_text(message, hospital_.some_clinician()))
          .field(4, message.components({"D", "Doctor"}))
          .field(6, at);
    }
    if (random.chance(60)) {
      message.segment("AIL")
          .field(1, "1")
          .field(3, location_text(message, hospital_.some_bed()))
          .field(4, message.components({"ROOM", "Room"}))
          .field(6, at);
    }
    if (random.chance(20)) {
      message.segment("AIG")
          .field(1, "1")
          .field(3, message.components({"US-7", "Ultrasound"}))
          .field(4, message.components({"EQ", "Equipment"}))
          .field(8, at);
    }
  }
  return message;
}

MessageText HospitalMessages::vaccination() {
  RandomSource& random = hospital_.random();
  const std::size_t person = hospital_.some_person();
  MessageText message = begin({"IIS", "2.5.1"}, "VXU", "V04", "VXU_V04");
  patient_segments(message, person, "1", false);
  message.segment("NK1")
      .field(1, "1")
      .field(2, message.components({hospital_.person(person).family, "Pat"}))
      .field(3, message.components({"MTH", "Mother", "HL70063"}));
  for (std::uint64_t doses = random.between(1, 3); doses > 0; --doses) {
    const std::string filler = hospital_.next_number("I");
    order_segment(message, "RE", "", filler);
    const Code& vaccine = random.pick(kVaccines);
    const std::string day = hl7_time(hospital_.now() - static_cast<std::int64_t>(random.below(400)) * kDay, 8);
    message.segment("RXA")
        .field(1, "0")
        .field(2, "1")
        .field(3, day)
        .field(4, day)
        .field(5, coded(message, vaccine))
        .field(6, random.chance(90) ? "0.5" : "999")
        .field(7, message.components({"mL", "mL", "UCUM"}))
        .field(9, message.components({"00", "New immunization record", "NIP001"}))
        .field(15, fmt::format("L{:05}", random.below(100'000)))
        .field(16, hl7_time(hospital_.now() + 200 * kDay, 8))
        .field(17, message.components({"MSD", "Merck & Co., Inc.", "MVX"}))
        .field(20, "CP")
        .field(21, "A");
    message.segment("RXR")
        .field(1, message.components({"C28161", "Intramuscular", "NCIT"}))
        .field(2, message.components({"LA", "Left arm", "HL70163"}));
    for (const unsigned i : numbers_to(random.between(1, 3))) {
      observation_segment(message, i);
    }
  }
  return message;
}

}  // namespace lakeflow
