#include <algorithm>
#include <array>
#include <iterator>
#include <ranges>

#include <fmt/format.h>

#include "simulator/api/json_place.h"
#include "simulator/api/listing_description_internal.h"

namespace lakeflow {
namespace {

template <typename T>
struct Named {
  std::string_view name;
  T value;
};

constexpr std::array kOperators = {Named{"equal", FilterOperator::kEqual}, Named{"at-or-after", FilterOperator::kAtOrAfter},
                                   Named{"after", FilterOperator::kAfter}, Named{"at-or-before", FilterOperator::kAtOrBefore},
                                   Named{"before", FilterOperator::kBefore}};
constexpr std::array kValueKinds = {Named{"text", FilterValueKind::kText}, Named{"number", FilterValueKind::kNumber},
                                    Named{"time", FilterValueKind::kTime}};
constexpr std::array kPagings = {Named{"page", PagingRole::By::kPage}, Named{"offset", PagingRole::By::kOffset},
                                 Named{"cursor", PagingRole::By::kCursor}, Named{"link-header", PagingRole::By::kLinkHeader},
                                 Named{"next-url", PagingRole::By::kNextUrl}};

template <typename Names>
Result<decltype(Names::value_type::value)> one_of(const DescriptionSection& section, std::string_view key, std::string_view otherwise,
                                                  const Names& names) {
  std::vector<std::string> choices;
  for (const auto& each : names) {
    choices.emplace_back(each.name);
  }
  LAKEFLOW_ASSIGN(const std::string name, section.choice(key, otherwise, choices));
  return std::ranges::find(names, name, [](const auto& each) { return each.name; })->value;
}

Result<std::vector<FilterRole>> read_filters(const DescriptionSection& section, const ListingTime& time, std::vector<FieldMention>& mentions) {
  std::vector<FilterRole> filters;
  if (!section.has("filters")) {
    return filters;
  }
  static const std::vector<std::string> known = {"field", "operator", "as", "format"};
  LAKEFLOW_ASSIGN(const DescriptionSection all, section.section("filters", {}));
  for (const auto& [name, node] : all.members()) {
    LAKEFLOW_ASSIGN(const DescriptionSection one,
                    DescriptionSection::open(node, fmt::format("filter {}", name.Scalar()), section.file_name(), known));
    FilterRole filter{.parameter = name.Scalar(), .field = {}};
    LAKEFLOW_ASSIGN(filter.field, one.text_or("field", filter.parameter));
    LAKEFLOW_ASSIGN(filter.compares, one_of(one, "operator", "equal", kOperators));
    const bool is_time = !time.time_field.empty() && filter.field == time.time_field;
    LAKEFLOW_ASSIGN(filter.as, one_of(one, "as", is_time ? "time" : "text", kValueKinds));
    filter.on_time_of_record = is_time;
    LAKEFLOW_ASSIGN(filter.format, one.time_format("format", time.format));
    mentions.push_back({.field = filter.field, .role = "the filter " + filter.parameter, .place = one.place_of("field").text()});
    filters.push_back(std::move(filter));
  }
  return filters;
}

// Of a path's parts that are fields.
void mention_parts(const std::vector<std::string>& path, const std::string& place, std::vector<FieldMention>& mentions) {
  for (const std::string& part : path) {
    if (part.starts_with('{')) {
      mentions.push_back({.field = part.substr(1, part.size() - 2), .role = "its path", .place = place});
    }
  }
}

// Of "-updated_at,id".
void mention_order(std::string_view order, const std::string& place, std::vector<FieldMention>& mentions) {
  while (!order.empty()) {
    std::string_view field = order.substr(0, order.find(','));
    order.remove_prefix(std::min(field.size() + 1, order.size()));
    field.remove_prefix(field.starts_with('-') ? 1 : 0);
    mentions.push_back({.field = std::string(field), .role = "its sort", .place = place});
  }
}

// The texts of a mapping by their keys; an empty one may stand for nothing.
Result<std::vector<std::pair<std::string, std::string>>> read_texts_by_name(const DescriptionSection& section, std::string_view key) {
  std::vector<std::pair<std::string, std::string>> texts;
  LAKEFLOW_ASSIGN(const DescriptionSection all, section.section(key, {}));
  for (const auto& [name, value] : all.members()) {
    if (!value.IsScalar()) {
      return all.place_of(name.Scalar()).user_error(fmt::format("{} of {} must be a text", name.Scalar(), key));
    }
    texts.emplace_back(name.Scalar(), value.Scalar());
  }
  return texts;
}

// A list of fields, or a mapping where they are asked for by other names.
Result<std::vector<SortField>> read_sort_fields(const DescriptionSection& sort) {
  std::vector<SortField> fields;
  if (sort.is_mapping("fields")) {
    LAKEFLOW_ASSIGN(const auto by_name, read_texts_by_name(sort, "fields"));
    for (const auto& [name, field] : by_name) {
      fields.push_back({.name = name, .field = field});
    }
    return fields;
  }
  LAKEFLOW_ASSIGN(const std::vector<std::string> names, sort.texts("fields"));
  for (const std::string& name : names) {
    fields.push_back({.name = name, .field = name});
  }
  return fields;
}

Result<SortRole> read_sort(const DescriptionSection& section, std::vector<FieldMention>& mentions) {
  SortRole sort;
  if (!section.has("sort")) {
    return sort;
  }
  static const std::vector<std::string> known = {"parameter", "direction_parameter", "fields", "otherwise"};
  LAKEFLOW_ASSIGN(const DescriptionSection one, section.section("sort", known));
  LAKEFLOW_ASSIGN(sort.parameter, one.text_or("parameter", ""));
  LAKEFLOW_ASSIGN(sort.direction_parameter, one.text_or("direction_parameter", ""));
  LAKEFLOW_ASSIGN(sort.fields, read_sort_fields(one));
  LAKEFLOW_ASSIGN(sort.otherwise, one.text_or("otherwise", ""));
  if (!sort.parameter.empty() && sort.fields.empty()) {
    return one.place().user_error("sort has a parameter, but no fields that may be asked for", "write fields: [updated_at, id]");
  }
  for (const SortField& field : sort.fields) {
    mention_order(field.field, one.place_of("fields").text(), mentions);
  }
  mention_order(sort.otherwise, one.place_of("otherwise").text(), mentions);
  return sort;
}

Result<PagingRole> read_paging(const DescriptionSection& section) {
  PagingRole paging;
  if (!section.has("paging")) {
    return paging;
  }
  static const std::vector<std::string> known = {"by",     "parameter",  "size_parameter", "default_size", "maximum_size",
                                                 "larger", "first_page", "next",           "pages",        "expires_after_seconds"};
  LAKEFLOW_ASSIGN(const DescriptionSection one, section.section("paging", known));
  LAKEFLOW_TRY(one.required_text("by"));
  LAKEFLOW_ASSIGN(paging.by, one_of(one, "by", "page", kPagings));
  const bool by_token = paging.by != PagingRole::By::kPage && paging.by != PagingRole::By::kOffset;
  LAKEFLOW_ASSIGN(const std::string by, one.text_or("by", ""));
  LAKEFLOW_ASSIGN(paging.parameter, one.text_or("parameter", paging.by == PagingRole::By::kPage || !by_token ? by : "cursor"));
  LAKEFLOW_ASSIGN(paging.size_parameter, one.text_or("size_parameter", ""));
  LAKEFLOW_ASSIGN(paging.default_size, one.count("default_size", 50));
  LAKEFLOW_ASSIGN(paging.maximum_size, one.count("maximum_size", std::max<std::uint64_t>(paging.default_size, 1000)));
  LAKEFLOW_ASSIGN(const std::string larger, one.choice("larger", "clamp", {"clamp", "refuse"}));
  LAKEFLOW_ASSIGN(paging.first_page, one.count("first_page", 1));
  LAKEFLOW_ASSIGN(const std::string pages, one.choice("pages", by_token ? "kept" : "live", {"kept", "live"}));
  LAKEFLOW_ASSIGN(paging.expires_after_seconds, one.number("expires_after_seconds", 0, 1e9));
  LAKEFLOW_ASSIGN(paging.next, one.text_or("next", ""));
  paging.refuses_larger = larger == "refuse";
  paging.kept = pages == "kept";
  const bool in_body = paging.by == PagingRole::By::kCursor || paging.by == PagingRole::By::kNextUrl;
  if (in_body && paging.next.empty()) {
    return one.place().user_error(fmt::format("paging by {} needs the place of the next one in the body", by), "write next: meta.next");
  }
  if (!is_place(paging.next)) {
    return one.place_of("next").user_error(fmt::format("{} is no place in a body", paging.next),
                                           "one of a list's objects is chosen by a member, and then comes what it has: link[relation=next].url");
  }
  if (!in_body && !paging.next.empty()) {
    return one.place_of("next").user_error(fmt::format("paging by {} has nothing in the body", by), "take the key next out");
  }
  if (!by_token && paging.kept) {
    return one.place_of("pages").user_error(fmt::format("pages by {} can't be kept: a request names nothing that they belong to", by));
  }
  if (paging.default_size == 0 || paging.default_size > paging.maximum_size) {
    return one.place_of("default_size").user_error("default_size must lie between 1 and maximum_size");
  }
  return paging;
}

Result<AnswerForm> read_answer(const DescriptionSection& section, PagingRole::By by) {
  AnswerForm answer;
  if (!section.has("answer")) {
    return answer;
  }
  static const std::vector<std::string> known = {"records", "total", "has_more", "page", "pages", "format"};
  LAKEFLOW_ASSIGN(const DescriptionSection one, section.section("answer", known));
  LAKEFLOW_ASSIGN(answer.records, one.text_or("records", ""));
  LAKEFLOW_ASSIGN(answer.total, one.text_or("total", ""));
  LAKEFLOW_ASSIGN(answer.has_more, one.text_or("has_more", ""));
  LAKEFLOW_ASSIGN(answer.page, one.text_or("page", ""));
  LAKEFLOW_ASSIGN(answer.pages, one.text_or("pages", ""));
  for (const auto& [key, place] : {std::pair("page", answer.page), std::pair("pages", answer.pages)}) {
    if (!place.empty() && by != PagingRole::By::kPage) {
      return one.place_of(key).user_error(fmt::format("an answer tells its {} where paging goes by page", key), "write paging: {by: page}");
    }
  }
  LAKEFLOW_ASSIGN(const std::string format, one.choice("format", "json", {"json", "ndjson"}));
  answer.ndjson = format == "ndjson";
  return answer;
}

// Every parameter may have one meaning.
Status check_parameters(const DescriptionSection& section, const Listing& listing) {
  std::vector<std::string> names = listing.ignored;
  std::ranges::copy(std::views::keys(listing.required), std::back_inserter(names));
  for (const FilterRole& filter : listing.filters) {
    names.push_back(filter.parameter);
  }
  names.push_back(listing.sort.parameter);
  names.push_back(listing.sort.direction_parameter);
  if (listing.paging.by != PagingRole::By::kNothing) {
    names.push_back(listing.paging.parameter);
    names.push_back(listing.paging.size_parameter);
  }
  std::erase(names, "");
  std::ranges::sort(names);
  if (const auto twice = std::ranges::adjacent_find(names); twice != names.end()) {
    return section.place().user_error(fmt::format("the parameter {} has two meanings", *twice), "give one of them another name");
  }
  const bool envelope = !listing.answer.total.empty() || !listing.answer.page.empty() || !listing.answer.pages.empty() ||
                        !listing.answer.has_more.empty() || !listing.paging.next.empty();
  if (envelope && (listing.answer.records.empty() || listing.answer.ndjson)) {
    return section.place().user_error("a body that is only a list has no place for more", "say where the list stands: answer: {records: data}");
  }
  return {};
}

}  // namespace

std::string_view name_of(FilterOperator compares) { return std::ranges::find(kOperators, compares, &Named<FilterOperator>::value)->name; }

std::vector<std::string> listing_keys() {
  return {"path", "method", "filters", "sort", "paging", "answer", "required_parameters", "ignored_parameters"};
}

Result<Listing> read_listing(const DescriptionSection& section, const ListingTime& time) {
  Listing listing;
  LAKEFLOW_TRY(section.required_text("path"));
  LAKEFLOW_ASSIGN(listing.path, section.path("path", ""));
  LAKEFLOW_ASSIGN(const std::string method, section.choice("method", "get", {"get", "post"}));
  listing.by_post = method == "post";
  mention_parts(listing.path, section.place_of("path").text(), listing.mentions);
  LAKEFLOW_ASSIGN(listing.filters, read_filters(section, time, listing.mentions));
  LAKEFLOW_ASSIGN(listing.sort, read_sort(section, listing.mentions));
  LAKEFLOW_ASSIGN(listing.paging, read_paging(section));
  LAKEFLOW_ASSIGN(listing.answer, read_answer(section, listing.paging.by));
  if (section.has("required_parameters")) {
    LAKEFLOW_ASSIGN(listing.required, read_texts_by_name(section, "required_parameters"));
  }
  LAKEFLOW_ASSIGN(listing.ignored, section.texts("ignored_parameters"));
  LAKEFLOW_TRY(check_parameters(section, listing));
  if (listing.by_post && (listing.paging.by == PagingRole::By::kLinkHeader || listing.paging.by == PagingRole::By::kNextUrl)) {
    return section.place_of("method").user_error("a list that is asked for by POST has no URL of a next page", "page by page, offset or cursor");
  }
  return listing;
}

}  // namespace lakeflow
