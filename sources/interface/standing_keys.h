#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"

namespace lakeflow {

// Looks at the primary keys of the rows that stand in the table that is read, as committed: for a reader that compares them with what
// the source has, where the source tells of no deletes. So the connector keeps no copy of the keys, and what is compared is the table itself,
// whatever it was filled by. Only of tables whose primary key is one column of text. Thread-safe.
class StandingKeys {
 public:
  virtual ~StandingKeys() = default;
  // Every key once, in no order, with its row's cursor_field where that is a timestamp. The rows that this very read has returned and that are not
  // committed yet are not among them.
  virtual Status scan(const std::function<Status(std::string_view key, std::optional<TimestampMicros> cursor)>& visit) const = 0;
  // The same, and whom the row is about: the texts in its subject_field, with a blank between several; empty where there are none, or the table
  // does not have the column.
  virtual Status scan_subjects(
      const std::function<Status(std::string_view key, std::optional<TimestampMicros> cursor, std::string_view subjects)>& visit) const = 0;
};

}  // namespace lakeflow
