#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "sources/interface/offset.h"

namespace lakeflow {

// The keyed state of one table, as an ingest that has committed it would hold it. A plain value.
class KeyedState final : public StateLookup {
 public:
  void apply(const StateDelta& delta);

  std::size_t entries() const;
  std::size_t bytes() const;  // of keys and values

  Result<std::optional<std::string>> find(std::string_view key) const override;
  Status scan(std::string_view prefix, const std::function<Status(std::string_view key, std::string_view value)>& visit) const override;
  Status scan_of(std::string_view table, std::string_view prefix,
                 const std::function<Status(std::string_view key, std::string_view value)>& visit) const override;

 private:
  using Entries = std::map<std::string, std::string, std::less<>>;
  static void put(Entries& entries, const StateDelta::Entries& delta);
  static Status scan_entries(const Entries& entries, std::string_view prefix,
                             const std::function<Status(std::string_view key, std::string_view value)>& visit);

  Entries entries_;
  std::map<std::string, Entries, std::less<>> of_table_;
};

}  // namespace lakeflow
