#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "sources/rest/rest_request.h"
#include "sources/rest/rest_server.h"
#include "sources/rest/rest_table.h"

namespace lakeflow {

// One walk over a list, page by page, to its end; and whether that was proven to be all of it.
class RestPages {
 public:
  // `further` parameters come behind the list's own ones. Server and list outlive it.
  RestPages(RestServer& server, const RestList& list, std::vector<RestParameter> further) : RestPages(server, list, list.path, std::move(further)) {}
  // Of the list at another path than its own: below a record.
  RestPages(RestServer& server, const RestList& list, std::string path, std::vector<RestParameter> further);

  // The next page; nothing behind the last one. An empty page may come before the end, and a short one is none: the end is what the server says
  // (no token or link, more_at, the total), or a page without records where it says nothing. A source error where a page or a token
  // comes again, or what the server says of the end contradicts itself.
  Result<std::optional<RestPage>> next(const std::stop_token& stop);

  // Why what came may not be all of the list as it stood. Empty where nothing speaks against it.
  const std::string& doubt() const { return doubt_; }
  // Whether that is something that moved to a page before: what follows it in the list may have done so, and not have come.
  bool moved_forward() const { return moved_forward_; }
  // Of a list below a record: there is no such list, as its record is gone. Such a walk has one page, which is empty.
  bool is_gone() const { return is_gone_; }
  // Of the last answer that told it.
  std::optional<std::uint64_t> total() const { return total_; }

 private:
  Result<RestRequest> request_of_page() const;
  bool is_below() const { return path_ != list_.path; }
  Result<std::optional<std::uint64_t>> read_total(const RestPage& page);
  Status read_end(const RestPage& page);
  Status follow(const RestPage& page, std::optional<bool> more);
  Status follow_key(const RestPage& page);
  Status ask_behind_key(const RestPage& page);
  Result<std::optional<std::string>> continuation(const RestPage& page, std::optional<bool> more);
  Status refuse_repetition(const RestPage& page);
  void drop_overlap(RestPage& page);
  Status refuse_signs_of_more(const RestPage& page);

  RestServer& server_;
  const RestList& list_;
  const std::int64_t page_size_;
  const std::string path_;
  const std::vector<RestParameter> parameters_;  // all but the page's own
  std::string next_;                             // URL of the next page, or its token as JSON
  std::int64_t page_ = 0;                        // asked for so far
  std::uint64_t records_ = 0;                    // that came so far
  std::uint64_t last_page_hash_ = 0;
  std::set<std::uint64_t> continuations_;
  std::string last_record_;  // kOffset with overlap
  std::string last_key_;     // next_from_record without more_at: of the last record, as JSON
  int waits_ = 0;            // for a record that the server says is behind it
  std::optional<std::uint64_t> total_;
  std::string doubt_;
  bool moved_forward_ = false;
  bool is_gone_ = false;
  bool done_ = false;
};

}  // namespace lakeflow
