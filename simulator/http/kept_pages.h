#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace lakeflow {

// What a client says to get a page of a list that was begun: opaque to it.
struct PageToken {
  std::string list;  // the name of the list
  std::size_t offset = 0;

  std::string text() const;
  static std::optional<PageToken> parse(std::string_view text);
};

// The name of the list that was kept as this one, from 0: no two are the same, and none tells its number.
std::string kept_list_name(std::uint64_t seed, std::uint64_t number);

// The lists whose further pages may be asked for by a token; the oldest of more than 1,000 give way to new ones. Thread-safe.
template <typename List>
class KeptPages {
 public:
  explicit KeptPages(std::uint64_t seed) : seed_(seed) {}

  // Keeps a list, and returns its name.
  std::string keep(std::shared_ptr<const List> list) {
    const std::scoped_lock lock(mutex_);
    std::string name = kept_list_name(seed_, kept_++);
    lists_.emplace(name, std::move(list));
    by_age_.push_back(name);
    if (by_age_.size() > kMost) {
      lists_.erase(by_age_.front());
      by_age_.pop_front();
    }
    return name;
  }

  // Nothing where there is none of this name, or it has given way.
  std::shared_ptr<const List> find(const std::string& name) const {
    const std::scoped_lock lock(mutex_);
    const auto found = lists_.find(name);
    return found == lists_.end() ? nullptr : found->second;
  }

 private:
  static constexpr std::size_t kMost = 1000;

  const std::uint64_t seed_;
  mutable std::mutex mutex_;
  std::uint64_t kept_ = 0;
  std::unordered_map<std::string, std::shared_ptr<const List>> lists_;
  std::deque<std::string> by_age_;
};

}  // namespace lakeflow
