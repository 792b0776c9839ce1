#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libs/http/http_header.h"

namespace lakeflow {

// What an author says of a JSON REST API: plain values, from which RestConnector makes a connector.
//
// In a braced description ({.name = …, .list = {…}}) the members stand in the order in which they are declared here: C++ takes no other; any may be
// left out.
//
// A place in an answer or a record is a name, or names with dots between them: "data", "meta.next_cursor". A parameter is one of a request's query,
// or has its place in a request's body (RestList::Method).

// How a list comes in pages.
struct RestPaging {
  enum class Style {
    kNone,        // one answer holds all of it
    kPageNumber,  // ?page=3
    kOffset,      // ?offset=200
    kToken,       // ?cursor=…: the answer before, or its last record, says what
    kNextUrl,     // the answer has the URL of the next page
    kLinkHeader,  // Link: <…>; rel="next"
  };
  Style style = Style::kNone;
  std::string parameter = {};       // of the page's number, the offset or the token
  std::string size_parameter = {};  // "limit", "per_page"; empty: the server decides
  std::int64_t page_size = 100;     // asked for where the connection says nothing (option page_size)
  std::int64_t first_page = 1;      // kPageNumber

  // kToken, kNextUrl: where the answer has it; absent, null, false or "" on the last page. Of a list of links "link[relation=next].url": member url
  // of the one whose relation is "next"; two of them are an error.
  std::string next_at = {};
  // kToken: the token is this member of the last record. Where no more_at tells of the end, the member is the table's whole key: the end is a page on
  // which nothing follows that record, whether the server repeats it ("from") or not ("after"). The parameter may be the cursor's filter, too.
  std::string next_from_record = {};
  std::string last_at = {};  // next_from_record without more_at: the greatest key that the list has ("lastSequence"), with each page of records
  // What else the answer tells of the end; each that an API has is a proof against loss. A total that the first page of some records lacks is an
  // error.
  std::string more_at = {};       // true while there is more
  std::string total_at = {};      // how many records the list has in all
  std::string total_header = {};  // likewise: "X-Total-Count"
  // kOffset: asks for the last record of a page once more with the next one, so that what was deleted meanwhile shows. Off where a server takes
  // only offsets that are whole pages.
  bool overlap = true;
};

// What tells which records are new: a time or a number that the server sets with each change.
struct RestCursor {
  enum class Form {
    kTime,               // "2024-05-01T12:30:00Z"; UTC where it names no zone
    kEpochSeconds,       // 1714566600, also with a fraction
    kEpochMilliseconds,  // 1714566600000
    kNumber,             // whole: a sequence, a version
  };
  std::string field = {};  // place in a record; the table's cursor_field
  Form form = Form::kTime;

  // The parameter that asks for records from a value on ("updated_since"). Whether the server means "at" or "after" does not matter: it is asked for
  // a unit of filter_form earlier, and what is known is dropped. Empty: there is none, and each run reads the whole list.
  std::string filter = {};
  enum class FilterForm { kLikeCursor, kSeconds, kMilliseconds, kMicroseconds, kDay, kEpochSeconds, kEpochMilliseconds };
  FilterForm filter_form = FilterForm::kLikeCursor;  // of kTime: whole seconds, "2024-05-01T12:30:00Z"
  std::string filter_prefix = {};                    // before the value: "gte:"
  std::string first = {};                            // the filter's value where nothing was read yet, if the server demands one

  enum class Order {
    kAny,
    kAscending,   // by the cursor: say so in the list's parameters (sort=updated_at). A long first load then goes on where it was broken off
    kDescending,  // the newest first: reading ends where it is known
  };
  Order order = Order::kAny;
  // kNumber: how far a number may come late, behind a higher one. (Times: option look_back.)
  std::int64_t look_back = 0;
};

// A list of a server: a request, and where the records are in its answers.
struct RestList {
  std::string path = {};  // behind base_url: "/orders"
  // kPost: the list is asked for by a body of JSON, and the name of each parameter (parameters, of the page and its size, the cursor's filter) is its
  // place in it, in which a number counts the elements of a list: "page.size", "filters.0.value". Numbers and tokens keep their JSON form.
  enum class Method { kGet, kPost };
  Method method = Method::kGet;
  std::string body = {};        // kPost: what each request has beside its parameters: R"({"filters": [{"field": "updated_at"}]})"
  bool only_reads = false;      // kPost: the author's word that the request changes nothing, so that it may be sent again where its answer was lost
  std::string records_at = {};  // "data"; empty: the answer is the list itself
  // That every request has: {"sort", "updated_at"}.
  std::vector<std::pair<std::string, std::string>> parameters = {};
  RestPaging paging = {};
  // A list that has nothing is null there, and not [].
  bool null_is_empty = false;
};

// A list of what was deleted.
struct RestDeletes {
  RestList list = {};
  RestCursor cursor = {};
  // The table's key columns and cursor_field, and where a record of the list has each: {{"id", "order_id"}, {"updated_at", "deleted_at"}}. Empty:
  // they have the table's names.
  std::vector<std::pair<std::string, std::string>> columns = {};
};

// The list of a table hangs below each record of another table's list: /orders/{order_id}/items. Each row has the parent's columns before its own
// members. A parent whose list is answered 404 or 410 is gone, and has no rows below it.
struct RestParent {
  std::string table = {};  // another table of the API, which itself hangs below none
  // Columns of each row, and the member of the parent's record that each is: {{"order_id", "id"}}. A part of the path in braces is one of them, which
  // then belongs to the key.
  std::vector<std::pair<std::string, std::string>> columns = {};
  // The author's word: whatever changes in the list below a parent, deletions too, moves the parent's cursor, no earlier than the change is seen.
  // Then only the lists below parents that moved are read again; the parent's cursor has to be among the columns, and orders the rows. Else the table
  // is a snapshot: each run reads the lists below all parents.
  bool moves_with_list = false;
};

// A table. Its ingestion type follows: snapshot without a cursor; append where it only grows; cdc_with_deletes where deletes are told of, or can be
// seen below a parent that moved; else cdc.
struct RestTable {
  std::string name = {};
  std::string description = {};  // what a row is, in a few words
  std::string schema = {};       // a column a line: sources/rest/schema_text.h
  std::vector<std::string> primary_keys = {};
  RestList list = {};
  std::optional<RestCursor> cursor = {};
  bool only_grows = false;  // records are never changed: append
  std::optional<RestDeletes> deletes = {};
  // A record that has this member, and not as false or null, is a deletion: "deleted_at".
  std::string deleted_if = {};
  std::string subject_field = {};  // table_metadata.h
  std::optional<RestParent> parent = {};
};

struct RestApi {
  std::vector<RestTable> tables = {};
  std::vector<HttpHeader> headers = {};  // of every request, beside Accept and the credentials: {"X-Api-Version", "2024-01"}
};

}  // namespace lakeflow
