#include "testing/connector/test/planted_decoder.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "engine/decode/json_decoder.h"

namespace lakeflow {
namespace {

class PlantedDecoder final : public Decoder {
 public:
  PlantedDecoder(Mistake mistake, std::unique_ptr<Decoder> sound) : mistake_(mistake), sound_(std::move(sound)) {}

  Result<DecodedRecords> decode(const RawRecords& raw) override {
    LAKEFLOW_ASSIGN(DecodedRecords decoded, sound_->decode(raw));
    if (mistake_ == Mistake::kDropsWhatNoColumnIsFor) {
      decoded.tables.front().rescued = nullptr;
      return decoded;
    }
    if (decoded.rejects.empty()) {
      return decoded;
    }
    switch (mistake_) {
      case Mistake::kOneBadRecordFailsAll: return std::unexpected(Error::data("a record is bad"));
      case Mistake::kStopsAtABadRecord: return decode_up_to(raw, decoded.rejects.front().record);
      default: decoded.rejects.clear(); return decoded;
    }
  }

 private:
  Result<DecodedRecords> decode_up_to(const RawRecords& raw, std::uint32_t bad) {
    RawRecords part;
    part.buffer = raw.buffer;
    part.origins = raw.origins;
    part.records.assign(raw.records.begin(), raw.records.begin() + static_cast<std::ptrdiff_t>(bad) + 1);
    return sound_->decode(part);
  }

  const Mistake mistake_;
  const std::unique_ptr<Decoder> sound_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> planted_decoder(Mistake mistake, std::shared_ptr<arrow::Schema> schema) {
  if (mistake != Mistake::kOneBadRecordFailsAll && mistake != Mistake::kStopsAtABadRecord && mistake != Mistake::kForgetsBadRecords &&
      mistake != Mistake::kDropsWhatNoColumnIsFor) {
    return nullptr;
  }
  LAKEFLOW_ASSIGN(std::unique_ptr<Decoder> sound, make_json_decoder(std::move(schema)));
  return std::make_unique<PlantedDecoder>(mistake, std::move(sound));
}

}  // namespace lakeflow
