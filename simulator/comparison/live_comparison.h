#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "libs/http/http_client.h"
#include "simulator/comparison/compared_request.h"

namespace lakeflow {

struct LiveComparisonOptions {
  std::filesystem::path description;
  std::string live;  // URL of the real source, in place of the simulator's base_url()
  // How it is reached and who lets requests in; its own origin need not be among those that are allowed. Where a wrong token is tried the credentials
  // stay away.
  HttpClientOptions http = {};
  std::vector<HttpHeader> headers = {};  // that go with each request but that one
};

// Asks a source as it is described and the real one the same things: of each endpoint the first pages, its filters and sort, a single record, its
// deletes, an unknown parameter and, where it lets nobody in without, a wrong token. Tells where statuses, members with their types, and the
// roles of paging differ. What filters keep and how records are ordered is held against the described rules, applied to the live records. What
// changes in the live source meanwhile may show as a difference. Only reads. A source error where the real one gives no answer, or lets nothing in
// (401).
Result<std::vector<ComparedRequest>> compare_with_live(const LiveComparisonOptions& options, const std::stop_token& stop);

}  // namespace lakeflow
