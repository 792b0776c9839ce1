#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/api/time_format.h"

namespace lakeflow {

// How one field of generated records is made. Everything follows from the seed and the record's number.
struct GeneratedField {
  enum class Kind { kSequence, kUuid, kChoice, kTimestamp, kText, kNumber, kBoolean, kConstant };
  std::string field;  // dotted: "customer.name"
  Kind kind = Kind::kSequence;
  double missing_percent = 0;  // of the records, that lack the field

  std::string prefix = {};    // kSequence: before the number, which makes it a text
  std::int64_t start = 1;     // kSequence
  std::int64_t step = 1;      // kSequence
  TimestampMicros first = 0;  // kTimestamp: of the first record
  double step_seconds = 60;   // kTimestamp: between one time and the next
  std::uint64_t ties = 1;     // kTimestamp: so many records share a time
  TimeFormat format = TimeFormat::kIso;
  std::vector<std::string> values = {};  // kChoice, kConstant: as JSON
  std::uint64_t words = 5;               // kText
  double from = 0;                       // kNumber
  double to = 1000;                      // kNumber
  std::uint64_t decimals = 0;            // kNumber
};

}  // namespace lakeflow
