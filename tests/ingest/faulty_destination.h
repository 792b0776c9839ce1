#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "destinations/interface/destination.h"

namespace lakeflow::test {

// What goes wrong at a destination, and where.
struct DestinationFault {
  std::string table;  // destination table: apply fails from its `calls_before`-th call on
  std::uint64_t calls_before = 0;
  bool loses_a_row = false;            // apply of that table counts a row that is not there, instead of failing
  std::uint64_t commits_before = ~0U;  // commit fails from so many commits on, and rolls back
  // apply of that table calls this and then takes until it is interrupted (half a minute at most: then it fails), instead of failing at once.
  std::function<void()> takes_long = {};
};

// The destination with the fault in it. Everything else is the destination's own.
std::unique_ptr<Destination> make_faulty_destination(std::unique_ptr<Destination> destination, std::shared_ptr<DestinationFault> fault);

}  // namespace lakeflow::test
