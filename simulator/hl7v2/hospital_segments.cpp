// The segments of HospitalMessages, most of which several kinds of messages have.

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "simulator/hl7v2/hospital_messages.h"
#include "simulator/hl7v2/hospital_vocabulary.h"

namespace lakeflow {

using namespace std::string_view_literals;

void HospitalMessages::event_segment(MessageText& message, std::string_view event) {
  message.segment("EVN").field(1, std::string(event)).field(2, hl7_time(hospital_.now())).field(4, hospital_.random().chance(20) ? "01" : "");
}

void HospitalMessages::patient_segments(MessageText& message, std::size_t index, std::string_view set_id, bool with_visit) {
  RandomSource& random = hospital_.random();
  const Person& person = hospital_.person(index);
  const std::string authority = message.subcomponents({"EAST", "1.2.840.1", "ISO"});
  const std::string own = message.join_components({message.text(person.record_number), "", "", authority, "MR"});
  const std::string national = message.components({person.national_number, "", "", "NHS", "NH"});
  std::vector<std::string> names = {message.components({person.family, person.given, person.middle, "", random.chance(20) ? "Dr" : "", "", "L"})};
  if (random.chance(8)) {
    names.push_back(message.components({"Maiden-" + person.family, person.given, "", "", "", "", "M"}));
  }
  std::vector<std::string> phones = {message.components({person.phone, "PRN", "PH"})};
  if (random.chance(25)) {
    phones.push_back(message.components({"", "NET", "Internet", "someone@example.org"}));
  }
  message.segment("PID")
      .field(1, std::string(set_id))
      .field(3, random.chance(60) ? message.repetitions({own, national}) : own)
      .field(5, message.repetitions(names))
      .field(7, person.birth_date)
      .field(8, std::string(1, person.sex))
      .field(11, message.components({person.street, "", person.city, "EA", person.zip, "GBR", "H"}))
      .field(13, message.repetitions(phones))
      .field(16, random.chance(30) ? "M" : "")
      .field(18, random.chance(30) ? message.components({hospital_.next_number("N"), "", "", "EAST"}) : "")
      .field(19, random.chance(5) ? "\"\"" : "");  // an explicit null
  if (random.chance(10)) {
    message.segment("PD1").field(4, clinician_text(message, hospital_.some_clinician()));
  }
  if (with_visit) {
    visit_segment(message, index);
  }
}

void HospitalMessages::visit_segment(MessageText& message, std::size_t person) {
  const Visit& visit = hospital_.visit(person);
  message.segment("PV1")
      .field(1, "1")
      .field(2, visit.is_inpatient ? "I" : "O")
      .field(3, location_text(message, visit.bed))
      .field(4, "R")
      .field(7, clinician_text(message, hospital_.clinician(visit.doctor)))
      .field(8, hospital_.random().chance(30) ? clinician_text(message, hospital_.some_clinician()) : "")
      .field(10, "MED")
      .field(14, "7")
      .field(18, "P")
      .field(19, message.components({visit.number, "", "", "EAST", "VN"}))
      .field(44, hl7_time(visit.admitted_at));
}

void HospitalMessages::family_segments(MessageText& message, std::size_t person) {
  RandomSource& random = hospital_.random();
  for (const unsigned i : numbers_to(random.below(3))) {
    message.segment("NK1")
        .field(1, fmt::to_string(i))
        .field(2, message.components({hospital_.person(person).family, "Robin"}))
        .field(3, message.components({"SPO", "Spouse", "HL70063"}))
        .field(5, message.components({"(555) 010-0000", "PRN", "PH"}));
  }
}

void HospitalMessages::insurance_segments(MessageText& message, std::size_t person) {
  RandomSource& random = hospital_.random();
  if (random.chance(30)) {
    message.segment("GT1").field(1, "1").field(3, message.components({hospital_.person(person).family, "Sam"})).field(10, "O");
  }
  for (const unsigned i : numbers_to(random.below(3))) {
    const Code& plan = random.pick(kPlans);
    message.segment("IN1")
        .field(1, fmt::to_string(i))
        .field(2, message.components({plan.code, plan.text}))
        .field(3, message.components({fmt::format("{:05}", random.below(100'000)), "", "", "PAYER"}))
        .field(4, message.components({plan.text}))
        .field(12, hl7_time(hospital_.now(), 8))
        .field(36, hospital_.next_number("POL"));
    if (random.chance(50)) {
      message.segment("IN2").field(2, fmt::format("{:09}", random.below(1'000'000'000))).field(6, hospital_.next_number("MCR"));
    }
  }
}

void HospitalMessages::order_segment(MessageText& message, std::string_view control, const std::string& placer, const std::string& filler) {
  message.segment("ORC")
      .field(1, std::string(control))
      .field(2, message.text(placer))
      .field(3, message.text(filler))
      .field(5, "CM")
      .field(9, hl7_time(hospital_.now()))
      .field(12, clinician_text(message, hospital_.some_clinician()));
}

void HospitalMessages::observation_segment(MessageText& message, unsigned number) {
  RandomSource& random = hospital_.random();
  const Code& test = random.pick(kTests);
  const std::uint64_t kind = random.below(100);
  std::string type = "NM";
  std::string value;
  std::string units;
  if (kind < 60) {
    const std::uint64_t whole = random.below(300);
    value = fmt::format("{}.{}", whole, random.below(10));
    units = coded(message, random.pick(kUnits));
  } else if (kind < 70) {
    type = "ST";
    value = message.text(random.pick(kFindings));
  } else if (kind < 78) {
    const bool is_old = system_.version == "2.3"sv || system_.version == "2.3.1"sv;
    type = is_old ? "CE" : "CWE";
    value = message.components({"260385009", "Negative", "SCT", random.chance(30) ? "NEG" : "", random.chance(30) ? "neg." : "", ""});
  } else if (kind < 84) {
    type = random.chance(50) ? "TX" : "FT";
    value = type == "TX" ? message.repetitions({message.text(random.pick(kFindings)), message.text(random.pick(kFindings))})
                         : message.lines({random.pick(kFindings), random.pick(kFindings), "END"});
  } else if (kind < 89) {
    type = "SN";
    value = message.components({random.chance(50) ? ">" : "", fmt::to_string(random.below(400)), random.chance(50) ? "-" : "", fmt::to_string(400)});
  } else if (kind < 94) {
    type = random.chance(50) ? "DT" : "TS";
    value = hl7_time(hospital_.now(), type == "DT" ? 8 : 14);
  } else if (kind < 96) {
    type = "ED";
    value = message.components({"EAST", "AP", "PDF", "Base64"});
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string data;
    for (std::uint64_t left = random.between(50, 3000); left > 0; --left) {
      data += random.pick(kAlphabet);
    }
    value = message.join_components({"EAST", "AP", "PDF", "Base64", data});
  } else if (kind < 97) {
    type = "RP";
    value = message.components({"https://pacs.example.org/studies/7?a=1&b=2", "PACS", "IM", "DICOM"});
  }  // else a number that was not sent
  message.segment("OBX")
      .field(1, random.chance(95) ? fmt::to_string(number) : "")
      .field(2, type)
      .field(3, coded(message, test))
      .field(4, random.chance(10) ? "1.1" : "")
      .field(5, value)
      .field(6, units)
      .field(7, units.empty() ? "" : message.text("49 - 92"))
      .field(8, random.chance(20) ? message.repetitions({"H", "A"}) : "")
      .field(11, "F")
      .field(14, hl7_time(hospital_.now() - kHour));
}

void HospitalMessages::note_segment(MessageText& message, unsigned number) {
  message.segment("NTE").field(1, fmt::to_string(number)).field(2, "L").field(3, message.text(hospital_.random().pick(kFindings)));
}

std::string HospitalMessages::clinician_text(const MessageText& message, const Clinician& clinician) const {
  return message.components({clinician.id, clinician.family, clinician.given, "", "", "Dr", "", "", "EAST"});
}

std::string HospitalMessages::location_text(const MessageText& message, const Bed& bed) const {
  return message.components({bed.ward, bed.room, bed.bed, "EAST"});
}

}  // namespace lakeflow
