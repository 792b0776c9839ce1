#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace lakeflow {

// When a fault strikes, counted over the events that concern it.
struct FaultSchedule {
  enum class Kind {
    kAlways,   // every event
    kFirst,    // the first `count` events
    kNumber,   // the event number `count`, from 1, and no other
    kPercent,  // `percent` of a hundred events, chosen by the seed
  };
  Kind kind = Kind::kAlways;
  std::uint64_t count = 0;
  double percent = 0;
  bool operator==(const FaultSchedule&) const = default;
};

// One way in which a simulated source system misbehaves. Knows no protocol: what a name means is the simulator's affair.
struct Fault {
  std::string name;
  std::string value;    // how: a status code, milliseconds …; empty where the kind takes none
  std::string subject;  // what it is limited to (a FHIR resource type, an endpoint, "orders#3" for its third page); empty: everything
  FaultSchedule schedule;
  bool operator==(const Fault&) const = default;
};

// What an event is about: "orders", and perhaps which part of it, "3".
struct FaultSubject {
  std::string_view name = {};
  std::string_view part = {};
  FaultSubject() = default;
  FaultSubject(std::string_view subject_name, std::string_view subject_part = {}) : name(subject_name), part(subject_part) {}
  FaultSubject(const char* subject_name) : name(subject_name) {}
  FaultSubject(const std::string& subject_name) : name(subject_name) {}
};

// A fault that a simulator can show.
struct FaultKind {
  enum class Value { kNone, kNumber, kOptionalNumber, kNumberOrDate, kChoice };
  std::string_view name;
  Value value = Value::kNone;
  std::string_view default_value = {};  // empty: the value must be given, where the kind takes one (a choice and kOptionalNumber may be left out)
  std::string_view choice = {};         // kChoice: the words that may be given, "one|other"
  std::string_view help = {};           // one sentence
};

// Reads `name[=value][:schedule][@subject]`, where the schedule is
//   3    the first three times        #3   the third time only
//   5%   five in a hundred            (none) always
// "status=503:2@Patient" is 503 for the first two requests about Patient, "status=503:1@orders#3" for the first one about the third page of
// orders. A user error names the nearest known fault, or says which part is wrong.
Result<Fault> parse_fault(std::string_view text, std::span<const FaultKind> known);

// What parse_fault reads as this fault.
std::string fault_text(const Fault& fault);

}  // namespace lakeflow
