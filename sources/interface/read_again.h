#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "sources/interface/lakeflow_connect.h"

namespace lakeflow {

// What to put into a table's state so that the next read brings a part of the source once more: all or nothing.
struct ReadAgain {
  std::string part;  // as it will be called in `_source_file`
  Offset offset;
  StateDelta state_delta;
};

// An optional ability: a person may ask for a part of what was read (a file) once more.
class ReadAgainByHand {
 public:
  virtual ~ReadAgainByHand() = default;
  // The part as a person names it, as from `_source_file` or quarantine. The table stands at the offset, and the state is what was committed with it.
  // No network, no files. Nothing where the table has no such parts; a user error where nothing like it was read, with the nearest name.
  virtual Result<std::optional<ReadAgain>> read_again(const TableRequest& table, std::string_view part, const Offset& offset,
                                                      const StateLookup& state) = 0;
};

}  // namespace lakeflow
