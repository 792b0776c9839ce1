// The searching half of FhirService: searches, histories and their pages.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/options.h"
#include "libs/fhir/definitions.h"
#include "simulator/fhir/bundle_text.h"
#include "simulator/fhir/element_search.h"
#include "simulator/fhir/fhir_service.h"

namespace lakeflow {
namespace {

constexpr std::string_view kPageParameter = "_page";

std::string_view find_parameter(const QueryParameters& parameters, std::string_view name) {
  const auto found = std::ranges::find(parameters, name, [](const auto& each) { return std::string_view(each.first); });
  return found == parameters.end() ? std::string_view() : std::string_view(found->second);
}

// "/Patient", "/Patient/1/_history"
std::string path_of(const SearchQuery& query) {
  std::string path;
  for (const std::string_view part :
       {std::string_view(query.type), std::string_view(query.history_id), std::string_view(query.history ? "_history" : "")}) {
    if (!part.empty()) {
      path += '/';
      path += part;
    }
  }
  return path;
}

std::string self_link(const FhirRequest& request, const SearchQuery& query) {
  const std::string parameters = encode_query(query.used);
  return request.base_url + path_of(query) + (parameters.empty() ? "" : "?") + parameters;
}

}  // namespace

// As many servers of hospitals are: who asks must say of which patient.
bool FhirService::wants_a_patient(const FhirRequest& request) {
  const std::string_view type = subject_of(request);
  const auto fault = faults_.strikes("requires-patient", type);
  const fhir::TypeDefinition* definition = fhir::find_type(type);
  if (!fault || definition == nullptr) {
    return false;
  }
  if (type == "Patient") {
    return *fault == "strict" && find_parameter(request.parameters, "_id").empty() && find_parameter(request.parameters, "identifier").empty();
  }
  const bool names_one =
      std::ranges::any_of(request.parameters, [&](const auto& each) { return is_patient_parameter(type, each.first) && !each.second.empty(); });
  return !definition->patient_parameters.empty() && !names_one;
}

Granted<FhirAnswer> FhirService::search(const FhirRequest& request) {
  if (const auto token = find_parameter(request.parameters, kPageParameter); !token.empty()) {
    return page(request, token);
  }
  if (wants_a_patient(request)) {
    return refuse(400, "required", "a search must name a patient here");
  }
  const std::string& type = request.segments[0];
  if (find_parameter(request.parameters, "_summary") == "count" && faults_.strikes("no-counts", type)) {
    return refuse(400, "not-supported", "there are no counts here");
  }
  const auto sort = faults_.strikes("ignore-sort", type);
  const auto last_updated = faults_.strikes("ignore-last-updated", type);
  const auto patient = faults_.strikes("ignore-patient", type);
  auto query = parse_search(type, request.parameters,
                            {.ignores_sort = sort.has_value(),
                             .ignores_last_updated = last_updated.has_value(),
                             .ignores_patient = patient.has_value(),
                             .keeps_it_secret = sort == "silently" || last_updated == "silently" || patient == "silently",
                             .strict = request.strict});
  return query ? first_page(request, *std::move(query)) : Granted<FhirAnswer>(std::unexpected(query.error()));
}

Granted<FhirAnswer> FhirService::history(const FhirRequest& request, std::string_view type, std::string_view id) {
  if (const auto token = find_parameter(request.parameters, kPageParameter); !token.empty()) {
    return page(request, token);
  }
  if (id.empty() && faults_.strikes("requires-patient", subject_of(request))) {
    return refuse(400, "not-supported", "there is no history of a type here");
  }
  if (faults_.strikes("no-history", subject_of(request))) {
    return refuse(405, "not-supported", "there is no history here");
  }
  auto query = parse_history(type, id, request.parameters);
  if (!query) {
    return std::unexpected(query.error());
  }
  if (faults_.strikes("ignore-since", subject_of(request))) {
    query->last_updated.from.reset();
  }
  if (!id.empty() && store_.find(type, id) == nullptr) {
    return refuse(404, "not-found", "there is no resource of this id");
  }
  return first_page(request, *std::move(query));
}

FhirAnswer FhirService::first_page(const FhirRequest& request, SearchQuery query) {
  auto search = std::make_shared<StoredSearch>();
  search->results = execute(query, store_);
  if (query.history && faults_.strikes("omit-tombstones", subject_of(request))) {
    std::erase_if(search->results, [](const ResourceVersion* version) { return version->deleted(); });
  }
  if (query.history && faults_.strikes("oldest-first-history", subject_of(request))) {
    std::ranges::reverse(search->results);
  }
  search->page_size = std::min(query.page_size.value_or(default_page_size_), maximum_page_size_);
  search->query = std::move(query);
  const bool one_page = search->query.only_total || search->results.size() <= search->page_size;
  const std::string name = one_page ? std::string() : searches_.keep(search);
  return render(request, {.search = search, .token = {.list = name}});
}

Granted<FhirAnswer> FhirService::page(const FhirRequest& request, std::string_view token) {
  const auto parsed = PageToken::parse(token);
  SearchPage page{.search = parsed ? searches_.find(parsed->list) : nullptr, .token = parsed.value_or(PageToken())};
  if (!page.search || faults_.strikes("expired-pages", subject_of(request))) {
    return refuse(410, "processing", "the search that this page belongs to has expired");
  }
  if (faults_.strikes("delete-under-pages", subject_of(request))) {
    const auto living = execute(page.search->query, store_);
    if (!living.empty()) {
      [[maybe_unused]] const auto deleted = write_one({.method = WriteMethod::kDelete, .type = living[0]->type, .id = living[0]->id});
    }
  }
  if (faults_.strikes("live-pages", subject_of(request))) {
    auto live = std::make_shared<StoredSearch>(*page.search);
    live->results = execute(live->query, store_);
    page.search = std::move(live);
  }
  return render(request, page);
}

FhirAnswer FhirService::render(const FhirRequest& request, const SearchPage& page) {
  const auto& [query, results, page_size] = *page.search;
  const auto limit = query.history ? std::nullopt : faults_.strikes("short-search", subject_of(request));
  const std::size_t given = std::min(results.size(), limit ? static_cast<std::size_t>(parse_integer(*limit).value_or(0)) : results.size());
  const std::size_t begin = std::min(page.token.offset, given);
  const std::size_t end = query.only_total ? begin : std::min(begin + page_size, given);
  std::vector<BundleLink> links{{"self", self_link(request, query)}};
  if (end < given && !query.only_total) {
    links.push_back({"next", next_link(request, page)});
  }
  const std::string_view subject = subject_of(request);
  std::optional<std::uint64_t> total;
  if (query.only_total || (query.with_total && !leaves_total_out(query, subject))) {
    total = results.size();
  }
  BundleText bundle(query.history ? "history" : "searchset", request.base_url, clock_.now(), total, links);
  if (!query.history && faults_.strikes("extra-entries", subject)) {
    bundle.add_beside("outcome", operation_outcome("warning", "informational", "a remark on the search"));
    bundle.add_beside("include", R"({"resourceType":"Organization","id":"included","name":"Included"})");
  }
  const bool bare = query.history && faults_.strikes("bare-tombstones", subject);
  for (std::size_t i = begin; i < end; ++i) {
    if (query.history) {
      bundle.add_history(*results[i], bare);
    } else {
      bundle.add_match(*results[i], query.shown ? subset_resource(results[i]->text, *query.shown) : results[i]->text);
    }
  }
  return {.status = 200, .body = std::move(bundle).finish()};
}

bool FhirService::leaves_total_out(const SearchQuery& query, std::string_view subject) {
  const auto fault = faults_.strikes("no-total", subject);
  return fault && !(*fault == "unless-asked" && find_parameter(query.used, "_total") == "accurate");
}

std::string FhirService::next_link(const FhirRequest& request, const SearchPage& page) {
  const std::string_view subject = subject_of(request);
  const std::size_t next = faults_.strikes("repeated-next", subject) ? page.token.offset : page.token.offset + page.search->page_size;
  const std::string place =
      fmt::format("{}?{}={}", path_of(page.search->query), kPageParameter, PageToken{.list = page.token.list, .offset = next}.text());
  if (faults_.strikes("relative-next", subject)) {
    return place.substr(place.rfind('/', place.find('?')) + 1);  // to the request's own address: RFC 3986 §5.2.3
  }
  std::string base = request.base_url;
  if (const auto host = base.find("127.0.0.1"); host != std::string::npos && faults_.strikes("foreign-next", subject)) {
    base.replace(host, std::string_view("127.0.0.1").size(), "localhost");
  }
  return base + place;
}

}  // namespace lakeflow
