#pragma once

#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "destinations/interface/destination.h"
#include "sources/interface/offset.h"

namespace lakeflow {

// What a table's state is kept under in the destination (docs/state.md).
inline constexpr std::string_view kOffsetState = "offset";                 // of read_table and read_tables
inline constexpr std::string_view kDeletesOffsetState = "deletes_offset";  // of read_table_deletes
inline constexpr std::string_view kKeyedState = "key/";                    // before each key of a StateDelta, of either

// The offset that is committed; the start where there is none.
Result<Offset> find_offset(Destination& destination, const StateOwner& owner, std::string_view name);

// Puts the offset (the start is no entry) and the keyed state into a transaction.
Status put_offset(Transaction& transaction, const StateOwner& owner, std::string_view name, const Offset& offset);
Status put_keyed_state(Transaction& transaction, const StateOwner& owner, const StateDelta& delta);  // of all tables, and of the owner's

// A table's committed keyed state, for its reader.
class CommittedState final : public StateLookup {
 public:
  // `empty`: as after a full refresh that is not committed yet. `others`: of tables of the same pass, for what they alone have.
  CommittedState(Destination& destination, StateOwner owner, bool empty, std::vector<StateOwner> others = {})
      : destination_(&destination), owner_(std::move(owner)), empty_(empty), others_(std::move(others)) {}

  Result<std::optional<std::string>> find(std::string_view key) const override;
  Status scan(std::string_view prefix, const std::function<Status(std::string_view, std::string_view)>& visit) const override;
  Status scan_of(std::string_view table, std::string_view prefix,
                 const std::function<Status(std::string_view, std::string_view)>& visit) const override;

  // From now on the destination is not touched any more, and every look-up is Error::interrupted: for a reader that was
  // abandoned, whose destination may be gone when it wakes up.
  void detach();

 private:
  Status scan_owner(const StateOwner& owner, std::string_view prefix, const std::function<Status(std::string_view, std::string_view)>& visit) const;

  mutable std::shared_mutex mutex_;
  Destination* destination_;
  const StateOwner owner_;
  const bool empty_;
  const std::vector<StateOwner> others_;
};

}  // namespace lakeflow
