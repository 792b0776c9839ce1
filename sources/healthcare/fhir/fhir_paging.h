#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "base/error.h"
#include "sources/healthcare/fhir/fhir_server.h"

namespace lakeflow {

// The way through the pages of a search or a history by their links: which page is next, and when it is a way without end.
class FhirPaging {
 public:
  // Empty: the first page.
  const std::string& next_url() const { return next_url_; }
  bool is_at_first_page() const { return next_url_.empty(); }

  // From the first page again.
  void begin();
  // To the page that this one's link names. A source error where it was followed before, or is one of
  // too many. (That it leads to no other server is the client's to see.)
  Status follow(const FhirPage& page);

  // The link of the next page has expired: from the first page again. A source error after the third time in a row without progress.
  Status expire();
  void note_progress() { expirations_ = 0; }

 private:
  std::string next_url_;
  std::set<std::string> followed_;
  std::uint64_t links_ = 0;
  int expirations_ = 0;
};

}  // namespace lakeflow
