#include "simulator/api/listing_answer.h"

#include <fmt/format.h>

#include "simulator/api/api_refusal.h"
#include "simulator/api/json_place.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

// Stands in the body's text where the list belongs: a text that nothing else in it is.
constexpr std::string_view kListGoesHere = "\x01records";

std::string lines_of(const RecordList& records) {
  std::string text;
  for (const RecordPointer& record : records) {
    text += record->text + "\n";
  }
  return text;
}

std::string list_of(const RecordList& records) {
  std::string text = "[";
  for (const RecordPointer& record : records) {
    text += (text.size() == 1 ? "" : ",") + record->text;
  }
  return text + "]";
}

// Null on the last page. A list of links begins with the page itself, as those of real systems do, and lacks the next one there.
void write_next(const PagingRole& paging, const ListingPage& page, Json& body) {
  const std::string_view list = list_of_choice(paging.next);
  if (list.empty()) {
    set_at(body, paging.next, page.next ? Json(*page.next) : Json(nullptr));
    return;
  }
  set_at(body, list, Json::array());
  if (paging.by == PagingRole::By::kNextUrl) {
    set_at(body, with_choice(paging.next, "self"), page.self);
  }
  if (page.next) {
    set_at(body, paging.next, *page.next);
  }
}

std::string body_of(const Listing& listing, const ListingPage& page) {
  const AnswerForm& form = listing.answer;
  if (form.ndjson) {
    return lines_of(page.records);
  }
  if (form.records.empty()) {
    return list_of(page.records);
  }
  Json body;
  set_at(body, form.records, std::string(kListGoesHere));
  if (!form.total.empty() && page.total) {
    set_at(body, form.total, *page.total);
  }
  if (!form.page.empty()) {
    set_at(body, form.page, page.number);
  }
  if (!form.pages.empty() && page.pages) {
    set_at(body, form.pages, *page.pages);
  }
  if (!form.has_more.empty()) {
    set_at(body, form.has_more, page.has_more);
  }
  if (!listing.paging.next.empty()) {
    write_next(listing.paging, page, body);
  }
  std::string text = body.dump();
  const std::string placeholder = Json(std::string(kListGoesHere)).dump();
  return text.replace(text.find(placeholder), placeholder.size(), list_of(page.records));
}

}  // namespace

HttpAnswer answer_refusal(const ApiRefusal& refusal) {
  const Json body = {{"error", {{"status", refusal.status}, {"message", refusal.message}}}};
  return {.status = refusal.status,
          .content_type = "application/json",
          .headers = refusal.headers,
          .body = body.dump(-1, ' ', false, Json::error_handler_t::replace),
          .reason = refusal.message};
}

HttpAnswer write_listing_answer(const Listing& listing, const ListingPage& page) {
  HttpAnswer answer{.content_type = listing.answer.ndjson ? "application/x-ndjson" : "application/json", .body = body_of(listing, page)};
  if (listing.paging.by == PagingRole::By::kLinkHeader && page.next) {
    answer.headers.push_back({.name = "Link", .value = fmt::format("<{}>; rel=\"next\"", *page.next)});  // RFC 8288 §3
  }
  return answer;
}

}  // namespace lakeflow
