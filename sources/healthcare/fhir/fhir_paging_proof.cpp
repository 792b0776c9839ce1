#include "sources/healthcare/fhir/fhir_paging_proof.h"

#include <algorithm>
#include <utility>

namespace lakeflow {
namespace {

constexpr TimestampMicros kSecond = 1'000'000;  // what the server's clock is precise to

}  // namespace

void PagingProof::begin_reading() {
  PagingProof next;
  next.before_ = std::move(before_);
  next.readings_ = readings_;
  *this = std::move(next);
}

void PagingProof::take_page(std::optional<std::uint64_t> total, std::optional<TimestampMicros> date) {
  if (pages_++ == 0) {
    total_ = total;
    begun_ = date;
  }
  page_date_ = date;
  is_still_ = is_still_ && (!total || total == total_);
}

void PagingProof::take_version(std::uint64_t hash, std::optional<TimestampMicros> last_updated) {
  versions_.push_back(hash);
  // What bears a time of the future was not changed just now.
  const bool changed = begun_ && last_updated && *last_updated >= *begun_ && *last_updated <= page_date_.value_or(*last_updated) + kSecond;
  is_still_ = is_still_ && !changed;
}

bool PagingProof::holds() {
  ++readings_;
  std::ranges::sort(versions_);
  versions_.erase(std::ranges::unique(versions_).begin(), versions_.end());
  falls_short_ = total_ && versions_.size() < *total_;
  if (pages_ <= 1) {
    return true;
  }
  const bool was_counted = begun_ && is_still_ && total_ == versions_.size();
  const bool came_again = before_ && std::ranges::includes(versions_, *before_);
  before_ = std::move(versions_);
  versions_.clear();
  return was_counted || came_again;
}

}  // namespace lakeflow
