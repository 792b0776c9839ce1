#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "destinations/interface/destination.h"
#include "sources/interface/offset.h"
#include "sources/interface/read_again.h"

namespace lakeflow {

// What a table's reading goes on from, looked at and changed by a person's hand. A run must not be under way: the destination is open for
// writing by one process alone.

struct TableState {
  Offset offset;
  Offset deletes_offset;                   // of read_table_deletes
  std::uint64_t keys = 0;                  // entries of the connector's keyed state
  std::optional<std::string> refresh_run;  // a full refresh is under way: the run that began it
};

// Who changes something by hand, and why.
struct ByHand {
  std::string user;
  std::string reason;
};

Result<TableState> read_table_state(Destination& destination, const StateOwner& owner);

// The next run reads on from the offset, which needs no keyed state (OffsetByHand): what there is of that goes, and so do the offset of deletes
// and a refresh that is under way. The rows stay. One transaction, with a line in _lakeflow.state_changes for each entry; keyed state, which
// may be large, has one line for all of it.
Status set_table_offset(Destination& destination, const StateOwner& owner, const Offset& offset, const ByHand& by);

struct TableReread {
  StateOwner owner;
  ReadAgain again;
};

// The next run reads a part of the source once more into these tables (ReadAgainByHand). The rows stay. One transaction, with a line for each entry.
Status put_rereads(Destination& destination, const std::vector<TableReread>& rereads, const ByHand& by);

// The next run reads from the beginning. The rows stay.
Status reset_table_state(Destination& destination, const StateOwner& owner, const ByHand& by);

}  // namespace lakeflow
