#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"

namespace arrow {
class RecordBatch;
}  // namespace arrow

namespace lakeflow {

// The times that came in a column, or in a member of one, but for the first instant of 1970, which many sources have for none.
struct ColumnTimes {
  std::size_t values = 0;
  std::size_t in_first_month = 0;  // in January 1970, as a number of seconds that is taken for milliseconds
  std::size_t far_ahead = 0;       // beyond the year 2200, as a number of milliseconds that is taken for seconds
  std::optional<TimestampMicros> first = {};
  bool differ = false;  // two of them: one value in all rows is a word for "never"

  bool lie_in_first_month() const { return differ && in_first_month == values; }
  bool lie_far_ahead() const { return differ && far_ahead == values; }
};

// Notes the times of a batch by the paths of their columns ("updated", "period.start"; of a list's elements by that of the list).
void note_times(const arrow::RecordBatch& rows, std::map<std::string, ColumnTimes>& times);

}  // namespace lakeflow
