#include <array>
#include <cmath>

#include <fmt/format.h>

#include "simulator/api/json_place.h"
#include "simulator/api/record_source.h"
#include "simulator/faults/seeded_number.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 16> kWords = {"amber", "basin",  "cedar",  "delta", "ember",  "fjord", "grove", "harbor",
                                                     "inlet", "jasper", "kernel", "lumen", "meadow", "north", "opal",  "Zürich"};

// The random numbers of one field of one record.
class FieldRandom {
 public:
  FieldRandom(std::uint64_t seed, std::uint64_t salt, std::uint64_t number) : seed_(seed), salt_(salt), number_(number) {}
  std::uint64_t bits() { return seeded_bits(seed_, salt_ + 1000 * draws_++, number_); }
  double fraction() { return seeded_fraction(seed_, salt_ + 1000 * draws_++, number_); }

 private:
  const std::uint64_t seed_, salt_, number_;
  std::uint64_t draws_ = 0;
};

std::string uuid(FieldRandom& random) {  // RFC 9562 §5.4
  const std::uint64_t high = (random.bits() & ~std::uint64_t{0xF000}) | 0x4000U;
  const std::uint64_t low = (random.bits() & 0x3FFFFFFFFFFFFFFFU) | 0x8000000000000000U;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32U, (high >> 16U) & 0xFFFFU, high & 0xFFFFU, low >> 48U, low & 0xFFFFFFFFFFFFU);
}

std::string words(std::uint64_t count, FieldRandom& random) {
  std::string text;
  for (std::uint64_t i = 0; i < count; ++i) {
    text += (i == 0 ? "" : " ") + std::string(kWords[random.bits() % kWords.size()]);
  }
  return text;
}

Json number(const GeneratedField& field, FieldRandom& random) {
  const double value = field.from + random.fraction() * (field.to - field.from);
  const double scale = std::pow(10.0, static_cast<double>(field.decimals));
  const double rounded = std::floor(value * scale) / scale;
  return field.decimals == 0 ? Json(static_cast<std::int64_t>(rounded)) : Json(rounded);
}

Json value_of(const GeneratedField& field, std::uint64_t record, FieldRandom& random) {
  switch (field.kind) {
    case GeneratedField::Kind::kSequence: {
      const std::int64_t value = field.start + field.step * static_cast<std::int64_t>(record);
      return field.prefix.empty() ? Json(value) : Json(field.prefix + std::to_string(value));
    }
    case GeneratedField::Kind::kUuid: return uuid(random);
    case GeneratedField::Kind::kChoice: return Json::parse(field.values[random.bits() % field.values.size()]);
    case GeneratedField::Kind::kTimestamp: {
      const double seconds = static_cast<double>(record / field.ties) * field.step_seconds;
      return write_time(field.format, field.first + static_cast<TimestampMicros>(seconds * 1e6));
    }
    case GeneratedField::Kind::kText: return words(field.words, random);
    case GeneratedField::Kind::kNumber: return number(field, random);
    case GeneratedField::Kind::kBoolean: return random.bits() % 2 == 0;
    case GeneratedField::Kind::kConstant: return Json::parse(field.values.front());
  }
  return nullptr;
}

}  // namespace

nlohmann::ordered_json generate_record(const std::vector<GeneratedField>& fields, std::uint64_t seed, std::uint64_t number) {
  Json record = Json::object();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    FieldRandom random(seed, i, number);
    if (random.fraction() * 100 >= fields[i].missing_percent) {
      set_at(record, fields[i].field, value_of(fields[i], number, random));
    }
  }
  return record;
}

}  // namespace lakeflow
