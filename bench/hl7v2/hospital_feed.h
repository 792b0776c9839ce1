#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace lakeflow::bench {

// A hospital's day as text: admissions, results and what else a feed holds, messages one after the other with CR at the ends of
// segments. Deterministic. One in about fifty values of free text has escape sequences or letters beyond ASCII.
std::string hospital_feed(std::size_t bytes, std::uint64_t seed);

}  // namespace lakeflow::bench
