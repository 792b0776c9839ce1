#include "simulator/hl7v2/hospital_messages.h"

#include <array>
#include <ranges>
#include <utility>

#include <fmt/format.h>

namespace lakeflow {
namespace {

using namespace std::string_view_literals;

struct Code {
  std::string_view code;
  std::string_view text;
  std::string_view system;
};

constexpr std::array kPanels = {Code{"us-0003", "UREA AND ELECTROLYTES", "WinPath"}, Code{"24323-8", "Comprehensive metabolic panel", "LN"},
                                Code{"58410-2", "CBC panel - Blood by Automated count", "LN"}, Code{"36643-5", "XR Chest 2 Views", "LN"},
                                Code{"630-4", "Bacteria identified in Urine by Culture", "LN"}};
constexpr std::array kTests = {Code{"2160-0", "Creatinine", "LN"}, Code{"2951-2", "Sodium", "LN"},        Code{"718-7", "Hemoglobin", "LN"},
                               Code{"6690-2", "Leukocytes", "LN"}, Code{"tt-0003-01", "Urea", "WinPath"}, Code{"8867-4", "Heart rate", "LN"}};
constexpr std::array kUnits = {Code{"mmol/L", "millimole per liter", "UCUM"}, Code{"g/dL", "gram per deciliter", "UCUM"},
                               Code{"10*3/uL", "thousand per microliter", "UCUM"}, Code{"/min", "per minute", "UCUM"}};
constexpr std::array kVaccines = {Code{"08", "Hep B, adolescent or pediatric", "CVX"}, Code{"20", "DTaP", "CVX"}, Code{"03", "MMR", "CVX"},
                                  Code{"208", "COVID-19, mRNA, LNP-S, PF, 30 mcg/0.3 mL dose", "CVX"}};
constexpr std::array kDiagnoses = {Code{"I10", "Essential (primary) hypertension", "I10"}, Code{"E11.9", "Type 2 diabetes mellitus", "I10"},
                                   Code{"J18.9", "Pneumonia, unspecified organism", "I10"}, Code{"S72.001A", "Fracture of neck of femur", "I10"}};
constexpr std::array kAllergies = {Code{"70618", "Penicillin", "RxNorm"}, Code{"peanut", "Peanut", "L"}, Code{"2670", "Codeine", "RxNorm"}};
constexpr std::array kServices = {Code{"CONS", "Consultation", "L"}, Code{"ECHO", "Echocardiography", "L"}, Code{"PHYS", "Physiotherapy", "L"}};
constexpr std::array kPlans = {Code{"A1", "Aetna \"Gold\" & Co", "L"}, Code{"B2", "Blue | Cross", "L"}, Code{"M1", "Medicare ^ Part A", "L"}};
constexpr std::array kFindings = {"Unremarkable."sv,         "Slightly raised; repeat in 2 weeks."sv, "Haemolysed ~ please resend"sv,
                                  "see C:\\results\\scan"sv, "No growth after 48 h & counting"sv,     "Temp 38.5 °C"sv};

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

// 1, 2 … count.
auto numbers_to(std::uint64_t count) { return std::views::iota(1U, static_cast<unsigned>(count) + 1); }

std::string coded(const MessageText& message, const Code& code) { return message.components({code.code, code.text, code.system}); }

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
    patient_segments(message, hospital_.some_person(), "1", random.chance(70));
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
    value = fmt::format("{}.{}", random.below(300), random.below(10));
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
