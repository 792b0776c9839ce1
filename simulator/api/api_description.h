#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "simulator/api/field_mention.h"
#include "simulator/api/generated_field.h"
#include "simulator/api/time_format.h"
#include "simulator/http/request_target.h"

namespace lakeflow {

// What docs/simulator.md says of each key; read from a file by read_api_description().

enum class FilterOperator { kEqual, kAtOrAfter, kAfter, kAtOrBefore, kBefore };
std::string_view name_of(FilterOperator compares);  // as a description has it: "at-or-after"

// How the values of a field are compared.
enum class FilterValueKind { kText, kNumber, kTime };

// A parameter that keeps some records.
struct FilterRole {
  std::string parameter;
  std::string field;  // dotted: "customer.id"
  FilterOperator compares = FilterOperator::kEqual;
  FilterValueKind as = FilterValueKind::kText;
  TimeFormat format = TimeFormat::kIso;  // of the parameter's value, where it is a time
  bool on_time_of_record = false;        // the field is the one that bears the record's time, whose format the endpoint says
};

// What an order is asked for by, and the field that it looks at.
struct SortField {
  std::string name;
  std::string field;
};

// A parameter that orders the records: "updated_at", "-updated_at", "updated_at,id".
struct SortRole {
  std::string parameter = {};            // empty: the order can't be asked for
  std::string direction_parameter = {};  // "asc" or "desc"; empty: a minus before the field
  std::vector<SortField> fields = {};    // that may be asked for
  std::string otherwise = {};            // the fields of the order where none is asked for; empty: an order that tells nothing
};

struct PagingRole {
  enum class By { kNothing, kPage, kOffset, kCursor, kLinkHeader, kNextUrl };
  By by = By::kNothing;
  std::string parameter = {};       // that says which page
  std::string size_parameter = {};  // empty: the size can't be asked for
  std::size_t default_size = 50;
  std::size_t maximum_size = 1000;
  bool refuses_larger = false;       // else a larger size is taken as the maximum, as many systems do without a word
  std::uint64_t first_page = 1;      // kPage
  std::string next = {};             // kCursor, kNextUrl: where it stands in the body; "link[relation=next].url" in a list of links
  bool kept = false;                 // the pages are cut from what was found at first; else each from what is there by then
  double expires_after_seconds = 0;  // 0: as long as the simulator runs
};

// How a list of records is written.
struct AnswerForm {
  std::string records = {};   // the place of the list in the body; empty: the body is the list
  std::string total = {};     // the place of the count of all records; empty: not told
  std::string page = {};      // the place of the page's number; empty: not told
  std::string pages = {};     // the place of the count of pages; empty: not told
  std::string has_more = {};  // the place of whether there are more pages; empty: not told
  bool ndjson = false;        // a record a line, instead of a list
};

// A place that answers lists of records.
struct Listing {
  bool by_post = false;           // asked for by POST, with a body of JSON whose places are the parameters: "page.size", "filters.0.value"
  std::vector<std::string> path;  // its parts; "{order_id}" keeps the records whose order_id it is
  std::vector<FilterRole> filters;
  SortRole sort;
  PagingRole paging;
  AnswerForm answer;
  QueryParameters required;            // parameters that each request has to have, with these values
  std::vector<std::string> ignored;    // parameters that are known and change nothing
  std::vector<FieldMention> mentions;  // of the fields that all of this, and the time of change, look at
};

// Where the records of an endpoint come from.
struct RecordSource {
  std::filesystem::path file;  // NDJSON, a JSON list, or a JSON document with the list at `at`
  std::string at;
  std::uint64_t count = 0;  // generated
  std::vector<GeneratedField> fields;
  std::uint64_t from_future = 0;  // so many more, whose time of change lies days ahead
};

// A feed of what was deleted: a record for each, with the key and the time.
struct DeletesFeed {
  Listing listing;
  std::string time_field;
};

struct ApiEndpoint {
  std::string name;
  RecordSource records;
  std::string key;  // a field; dotted
  // When a record was changed last; empty: it bears no time.
  std::string modified;
  TimeFormat modified_format = TimeFormat::kIso;
  Listing listing;
  std::vector<std::string> record_path;  // "/orders/{id}"; empty: single records can't be asked for
  std::optional<DeletesFeed> deletes;
  std::string parent;         // the endpoint that must have a record of the key in the path; else 404
  bool moves_parent = false;  // a record that is written or deleted changes the time of its parent
  bool writable = false;      // POST, PUT and DELETE over HTTP
};

// Who is let in: one of them, or none.
struct ApiAccess {
  enum class By { kNobodyIsAsked, kBearer, kBasic, kKeyHeader, kKeyParameter, kOauth2 };
  By by = By::kNobodyIsAsked;
  std::string name;    // of the header or parameter; the user; the client's id
  std::string secret;  // the token, password, key or the client's secret
  std::vector<std::string> token_path;
  double expires_after_seconds = 3600;
  std::uint64_t expires_after_requests = 0;  // 0: however many
};

struct ApiRateLimit {
  std::uint64_t requests = 0;  // 0: no limit
  double seconds = 1;
  bool retry_after_date = false;  // Retry-After as a date; else in seconds
};

struct ApiDescription {
  std::filesystem::path file;
  std::vector<std::string> base_path;
  bool https = false;
  bool strict = true;  // an unknown parameter is refused; else it is ignored
  ApiAccess access;
  ApiRateLimit rate_limit;
  std::vector<std::string> faults;
  std::vector<ApiEndpoint> endpoints;
};

// A user error names file, line and column, and the nearest known key.
Result<ApiDescription> read_api_description(const std::filesystem::path& file);

}  // namespace lakeflow
