#pragma once

#include <cstddef>
#include <vector>

#include "testing/connector/table_reading.h"

namespace lakeflow {

// What is wrong with rows that were read, measured by what the source had.
struct ReadingDifference {
  std::size_t missing = 0;     // keys (rows, where the table only grows)
  std::size_t unexpected = 0;  // likewise
  std::size_t doubled = 0;     // rows of a table that only grows
  std::size_t changed = 0;     // versions (key and cursor) with another content

  auto operator<=>(const ReadingDifference&) const = default;
};

// Of a source that rests: by key, or by row where the table only grows.
ReadingDifference compare_rows(const TableUnderTest& table, const std::vector<ReadRow>& expected, const std::vector<ReadRow>& found);

// Of a source that may change while it is read: `found` lies between a reading `before` and one `after`. What differs counts only where it is no
// change of the source:
//   missing     in the same version before and after (what was changed or removed meanwhile is in one of them at most)
//   unexpected  neither before nor after
//   doubled     more often than before and than after
//   changed     a content that the version had neither before nor after. Without a cursor each change keeps the version: then the content must
//               have been the same before and after, or be another one in more than half of the rows.
ReadingDifference compare_rows(const TableUnderTest& table, const std::vector<ReadRow>& before, const std::vector<ReadRow>& found,
                               const std::vector<ReadRow>& after);

}  // namespace lakeflow
