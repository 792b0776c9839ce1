#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "simulator/api/api_access.h"
#include "simulator/api/api_coverage_counter.h"
#include "simulator/api/api_description.h"
#include "simulator/api/listing_service.h"
#include "simulator/http/http_faults.h"
#include "simulator/http/server_clock.h"

namespace lakeflow {

// A described source: what it answers to each request. Thread-safe.
class ApiService {
 public:
  // Faults outlive the service; what waits ends when a stop is asked for.
  ApiService(ApiDescription description, FaultPlan& faults, std::stop_token stop, std::uint64_t seed);

  // Reads and makes the records that the source begins with.
  Status load();

  HttpAnswer answer(const ReceivedRequest& request);

  Status put(std::string_view endpoint, std::string record);
  Status remove(std::string_view endpoint, std::string_view key);
  std::uint64_t record_count(std::string_view endpoint);
  Result<std::string> put_like(std::string_view endpoint, std::string_view name, int revision, TimestampMicros late);
  Result<ApiEndpoint> endpoint(std::string_view name);
  ApiCoverage coverage() const { return coverage_.report(faults_.counts()); }
  const ApiDescription& description() const { return description_; }

 private:
  struct Endpoint {
    explicit Endpoint(const ApiEndpoint& endpoint);
    const ApiEndpoint& described;
    RecordCollection records;
    RecordCollection deleted;  // an entry for each, as the deletes feed has them
  };
  // What a request's path leads to.
  struct Route {
    enum class Kind { kListing, kRecord, kDeletes, kToken };
    Kind kind = Kind::kListing;
    Endpoint* endpoint = nullptr;
    std::vector<ListingQuery::Filter> of_path = {};  // what its parts say of fields
  };
  // A request on its way.
  struct Visit {
    const ReceivedRequest& http;
    QueryParameters parameters;
    Route route;
    std::string name;  // of the place, for faults and the report: "orders", "orders.deletes", "token"
    std::string part;  // the number of the page, or "record"
    TimestampMicros now = 0;

    FaultSubject subject() const { return {name, part}; }
  };

  Allowed<Route> route(const std::vector<std::string>& segments);
  HttpAnswer answer(Visit visit);
  static const Listing& listing_of(const Route& route);  // of a list or a feed of deletes
  static bool asks_for_a_list_by_post(const Route& route);
  Allowed<HttpAnswer> serve(const Visit& visit, Allowed<ListingQuery> query);
  Allowed<HttpAnswer> list(const Visit& visit, ListingQuery query);
  Allowed<HttpAnswer> read(const Visit& visit);
  Allowed<HttpAnswer> write(const Visit& visit);
  Allowed<void> check_parent(const Visit& visit);
  void count(const Visit& visit, const ListingQuery& query, const ListingOutcome& outcome);

  // Puts aside those records of the start that late-commit strikes.
  void commit_start_late(Endpoint& endpoint);
  Result<Endpoint*> find(std::string_view name);
  // The record as it is stored, which may have been stamped.
  Result<std::string> put(Endpoint& endpoint, std::string text, bool stamps, TimestampMicros late = 0);
  // Stamps the parent of a record, where it is told to move with it.
  Status move_parent(const Endpoint& endpoint, const ApiRecord& record, TimestampMicros late);
  bool remove(Endpoint& endpoint, std::string_view key);

  const ApiDescription description_;
  FaultPlan& faults_;
  HttpFaults http_faults_;
  const std::uint64_t seed_;
  ApiDoor door_;
  ListingService listings_;
  ApiCoverageCounter coverage_;
  ServerClock clock_;
  std::atomic<bool> token_was_refused_ = false;
  std::map<std::string, std::unique_ptr<Endpoint>, std::less<>> endpoints_;
};

}  // namespace lakeflow
