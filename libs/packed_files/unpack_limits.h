#pragma once

#include <cstdint>

namespace lakeflow {

// What a packed file may unpack to; more is taken for an attack.
struct UnpackLimits {
  std::uint64_t ratio = 200;  // so many times the packed bytes that were read
  // Up to here the ratio does not matter: small files may be very regular.
  std::uint64_t always_allowed = 64U << 20U;

  bool allows(std::uint64_t packed, std::uint64_t unpacked) const { return unpacked <= always_allowed || unpacked / ratio <= packed; }
};

}  // namespace lakeflow
