#pragma once

#include <httplib.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace lakeflow {

// What a list is made of: an id, a time of change in seconds since 1970, and whether it is deleted.
struct ListRecord {
  int id = 0;
  std::int64_t changed = 0;
  bool is_deleted = false;
  std::string extra = {};  // further members, with a comma before them
};

// A server with a list at /items, all of it in one answer that says no more at /whole, and what was deleted at /deleted, in whatever form a test asks
// for. Parameters: page, offset, limit, cursor, since (at or after; epoch seconds), from (an id, and all behind it), sort. Answers:
// {"data":[…],"next":…,"more":…,"total":…,"last":…,"link":[…]}, and a Link header.
class ListServer {
 public:
  explicit ListServer(std::vector<ListRecord> records);
  ~ListServer();

  std::string base_url() const;
  void set(ListRecord record);  // adds it, or changes the one of this id
  void remove(int id);
  void remove(ListRecord deletion);  // likewise, and tells of it at /deleted
  int requests() const { return requests_; }

  // How it misbehaves; set before it is asked.
  std::set<std::string> ignored;   // parameters
  std::size_t most_a_page = 1000;  // whatever is asked for
  bool after = false;              // since means later than, not at
  bool from_is_after = false;      // from leaves out the id itself
  int last_is_ahead = 0;           // so many answers name a greatest id that the list does not have yet
  int total_is_ahead = 0;          // so many answers count one more than there is
  bool repeats_cursor = false;     // the next page's token is always the same
  bool tells_total = true;
  std::string further_links = {};                       // of the list of links, with a comma before them
  std::string web_page = {};                            // instead of the API's answer, with 200
  bool null_list = false;                               // null instead of []
  std::function<void(int request)> before_answer = {};  // from 1

 private:
  void answer(const httplib::Request& request, httplib::Response& response);
  std::vector<ListRecord> matching(const httplib::Request& request) const;
  int greatest_id() const;

  mutable std::mutex mutex_;
  std::vector<ListRecord> records_;
  std::vector<ListRecord> deletions_;
  std::atomic<int> requests_ = 0;
  httplib::Server server_;
  int port_ = 0;
  std::jthread thread_;
};

}  // namespace lakeflow
