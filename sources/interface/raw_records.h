#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lakeflow {

enum class Operation : std::uint8_t { kUpsert = 0, kDelete = 1 };

// One record as the source sent it: a FHIR resource, an HL7 v2 message. The framework alone converts it.
struct RawRecord {
  std::string_view bytes;  // a view into RawRecords::buffer
  Operation operation = Operation::kUpsert;
  std::uint32_t origin = 0;    // index into RawRecords::origins
  std::uint64_t position = 0;  // byte offset in a file; number of the page (from 0) of a URL; when its state was read, in microseconds, where the
                               // source gives states no order of its own
  std::uint32_t note = 0;      // what a reader tells its connector's own decoder of the record
};

// Something that stands where a record should and that is none: a torn message, text between messages, a Bundle
// entry without a resource. It goes to quarantine with its bytes.
struct BrokenRecord {
  RawRecord record;
  std::string reason;  // a code of a few words in snake_case: "no_msh_segment", "unreadable_json"
  std::string detail;  // what and where, without patients' data
};

// What one call of RecordReader::next() gives: records that share one buffer, without a copy.
struct RawRecords {
  // Keeps alive what the views point to. Every view is followed by kPadding readable bytes of that buffer, so that
  // a parser may read past a record's end.
  std::shared_ptr<const void> buffer;
  std::vector<std::string> origins;  // file paths, or URLs by redact_url
  // What an origin is known by for good, where that is not its name: a file that was renamed keeps its keys. Only the connector's own decoder
  // reads it. As long as `origins`, an empty one where the name is enough; or empty.
  std::vector<std::string> origin_keys = {};
  std::vector<RawRecord> records;
  std::vector<BrokenRecord> broken;
  // Records that the reader left out on purpose, by reason ("already_read"): they were read and are counted.
  std::map<std::string, std::uint64_t> filtered;
  std::uint64_t bytes_read = 0;  // bytes taken from the source for these, for the report

  // What a row may be of (decoder.h): the records, and behind them what is broken, counted through.
  std::size_t size() const { return records.size() + broken.size(); }
  const RawRecord& record(std::uint32_t number) const { return number < records.size() ? records[number] : broken[number - records.size()].record; }
};

// A reason of RawRecords::filtered: the source was asked for what is new, and gave what is older as well. It does not know the filter.
inline constexpr std::string_view kNotAskedFor = "not_asked_for";

inline constexpr std::size_t kPadding = 64;

}  // namespace lakeflow
