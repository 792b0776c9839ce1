#include "testing/memory_source/memory_decoder.h"

#include <set>
#include <string_view>
#include <utility>

#include "engine/decode/json_decoder.h"

namespace lakeflow {
namespace {

// The value of the first member, "kind"; empty where the record is too short for it.
std::string_view kind_of(std::string_view json) {
  constexpr std::string_view kBegin = R"({"kind":")";
  if (!json.starts_with(kBegin)) {
    return {};
  }
  const std::size_t end = json.find('"', kBegin.size());
  return end == std::string_view::npos ? std::string_view() : json.substr(kBegin.size(), end - kBegin.size());
}

class MemoryDecoder final : public Decoder {
 public:
  MemoryDecoder(std::vector<std::string> tables, std::vector<std::unique_ptr<Decoder>> decoders, bool lossy)
      : tables_(std::move(tables)), decoders_(std::move(decoders)), lossy_(lossy) {}

  Result<DecodedRecords> decode(const RawRecords& raw) override {
    DecodedRecords all;
    std::set<std::uint32_t> rejected;  // a record for all tables is rejected once
    std::vector<bool> taken(raw.records.size(), false);
    for (std::size_t table = 0; table < tables_.size(); ++table) {
      RawRecords part;
      std::vector<std::uint32_t> places;
      for (std::uint32_t i = 0; i < raw.records.size(); ++i) {
        const std::string_view kind = kind_of(raw.records[i].bytes);
        const bool forgotten = lossy_ && raw.records[i].position % 100 == 99;
        if ((kind == tables_[table] || kind == "all") && !forgotten) {
          part.records.push_back(raw.records[i]);
          places.push_back(i);
          taken[i] = true;
        }
      }
      part.buffer = raw.buffer;
      part.origins = raw.origins;
      LAKEFLOW_ASSIGN(DecodedRecords decoded, decoders_[table]->decode(part));
      for (Reject& reject : decoded.rejects) {
        reject.record = places[reject.record];
        if (rejected.insert(reject.record).second) {
          all.rejects.push_back(std::move(reject));
        }
      }
      for (std::uint32_t& record : decoded.tables.front().records) {
        record = places[record];
      }
      all.tables.push_back(std::move(decoded.tables.front()));
    }
    for (std::size_t i = 0; i < taken.size(); ++i) {
      if (!taken[i] && !(lossy_ && raw.records[i].position % 100 == 99)) {
        ++all.filtered["other_kind"];
      }
    }
    return all;
  }

 private:
  const std::vector<std::string> tables_;
  const std::vector<std::unique_ptr<Decoder>> decoders_;
  const bool lossy_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_memory_decoder(std::vector<std::string> tables, std::shared_ptr<arrow::Schema> schema, bool lossy) {
  std::vector<std::unique_ptr<Decoder>> decoders;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    LAKEFLOW_ASSIGN(std::unique_ptr<Decoder> decoder, make_json_decoder(schema));
    decoders.push_back(std::move(decoder));
  }
  return std::make_unique<MemoryDecoder>(std::move(tables), std::move(decoders), lossy);
}

}  // namespace lakeflow
