#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sources/interface/raw_records.h"

namespace lakeflow {

// Records as a reader hands them over: one buffer, one after the other with nothing in between but, behind the last, kPadding bytes.
inline RawRecords raw_batch(const std::vector<std::string>& records, char padding = '7') {
  RawRecords raw;
  auto buffer = std::make_shared<std::string>();
  for (const std::string& record : records) {
    *buffer += record;
  }
  raw.bytes_read = buffer->size();
  // Such bytes would go on with a number or a text that was cut off, had the decoder not an eye on the record's end.
  buffer->append(kPadding, padding);
  buffer->shrink_to_fit();
  raw.origins = {"memory"};
  std::size_t at = 0;
  for (const std::string& record : records) {
    raw.records.push_back({std::string_view(*buffer).substr(at, record.size()), Operation::kUpsert, 0, at});
    at += record.size();
  }
  raw.buffer = std::move(buffer);
  return raw;
}

}  // namespace lakeflow
