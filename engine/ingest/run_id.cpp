#include "engine/ingest/run_id.h"

#include <fmt/format.h>

#include <random>

namespace lakeflow {

std::string make_run_id(TimestampMicros started_at) {
  // "2024-05-01T12:30:00Z", its fraction written out in full so that texts sort as times do.
  constexpr TimestampMicros kSecond = 1'000'000;
  const TimestampMicros fraction = ((started_at % kSecond) + kSecond) % kSecond;
  std::string id;
  for (const char character : format_utc(started_at - fraction)) {
    if (character == 'Z') {
      fmt::format_to(std::back_inserter(id), ".{:06}Z", fraction);
    } else if (character != '-' && character != ':') {
      id.push_back(character);
    }
  }
  return fmt::format("{}-{:08x}", id, std::random_device{}());
}

}  // namespace lakeflow
