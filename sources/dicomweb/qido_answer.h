#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace lakeflow {

// One record of an answer: a study, series or instance.
struct QidoRecord {
  std::string_view bytes;  // as sent, a view into QidoAnswer::text
  // What identifies it; empty where the record has none.
  std::string study_uid;
  std::string series_uid;
  std::string instance_uid;
  std::string patient_id;

  const std::string& uid(std::string_view tag) const;  // by the tag of one of the three
};

// The answer of a QIDO-RS search (PS3.18 10.6).
struct QidoAnswer {
  std::vector<QidoRecord> records;
  std::shared_ptr<std::string> text;  // the body, followed by kPadding bytes
  std::string url;                    // that answered
  std::size_t wire_bytes = 0;
  bool has_more = false;  // the server says so (Warning 299, PS3.18 10.6.3.2)
};

// Splits a body: an array of objects, as application/dicom+json has it (PS3.18 F.2). An error says what is wrong with it: never what is in it.
Result<std::vector<QidoRecord>> split_qido_records(std::string_view padded_body);

}  // namespace lakeflow
