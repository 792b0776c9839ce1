#include "simulator/api/listing_query.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <numeric>
#include <ranges>

#include <fmt/format.h>

#include "base/options.h"
#include "simulator/api/json_place.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

std::optional<double> parse_number(std::string_view text) {
  double number = 0;
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() && stop == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::unexpected<ApiRefusal> wrong_value(std::string_view parameter, std::string_view wanted) {
  return refuse_request(400, fmt::format("the value of {} is not {}", parameter, wanted));
}

std::string_view name_of(TimeFormat format) {
  switch (format) {
    case TimeFormat::kIso:
    case TimeFormat::kIsoSeconds: return "a time such as 2024-05-01T12:30:00Z";
    case TimeFormat::kDate: return "a date such as 2024-05-01";
    case TimeFormat::kEpochSeconds: return "a number of seconds since 1970";
    case TimeFormat::kEpochMilliseconds: return "a number of milliseconds since 1970";
  }
  return "a time";
}

template <typename T>
bool holds(FilterOperator compares, const T& value, const T& bound) {
  switch (compares) {
    case FilterOperator::kEqual: return value == bound;
    case FilterOperator::kAtOrAfter: return value >= bound;
    case FilterOperator::kAfter: return value > bound;
    case FilterOperator::kAtOrBefore: return value <= bound;
    case FilterOperator::kBefore: return value < bound;
  }
  return false;
}

bool keeps(const ListingQuery::Filter& filter, const ApiRecord& record) {
  const Json* value = find_at(record.value, filter.role.field);
  if (value == nullptr || value->is_null()) {
    return false;
  }
  switch (filter.role.as) {
    case FilterValueKind::kText: return holds(filter.role.compares, text_at(record.value, filter.role.field), filter.value);
    case FilterValueKind::kNumber: {
      const auto number = parse_number(text_at(record.value, filter.role.field));
      return number && holds(filter.role.compares, *number, parse_number(filter.value).value_or(0));
    }
    case FilterValueKind::kTime: {
      const auto time = filter.role.on_time_of_record ? record.modified : time_in(filter.role.format, *value);
      const auto bound = parse_time(filter.role.format, filter.value);
      return time && bound && holds(filter.role.compares, *time, *bound);
    }
  }
  return false;
}

// Numbers before texts, and what is missing first.
int compare(const Json* left, const Json* right) {
  const auto rank = [](const Json* value) { return value == nullptr || value->is_null() ? 0 : value->is_number() ? 1 : 2; };
  if (rank(left) != rank(right) || rank(left) == 0) {
    return rank(left) - rank(right);
  }
  if (rank(left) == 1) {
    return *left < *right ? -1 : *right < *left ? 1 : 0;
  }
  return text_at(*left, "").compare(text_at(*right, ""));
}

class QueryParser {
 public:
  QueryParser(const Listing& listing, bool strict) : listing_(listing), strict_(strict) {}

  Allowed<ListingQuery> parse(const QueryParameters& parameters) {
    query_.size = listing_.paging.by == PagingRole::By::kNothing ? 0 : listing_.paging.default_size;
    for (const auto& [name, value] : parameters) {
      if (std::ranges::count(parameters, name, &std::pair<std::string, std::string>::first) > 1 && strict_) {
        return refuse_request(400, fmt::format("the parameter {} stands twice", name));
      }
      const Allowed<bool> known = take(name, value);
      if (!known) {
        return std::unexpected(known.error());
      }
      if (!*known && strict_) {
        return unknown(name);
      }
    }
    if (const Allowed<void> complete = check_required(parameters); !complete) {
      return std::unexpected(complete.error());
    }
    if (const Allowed<void> ordered = take_order(); !ordered) {
      return std::unexpected(ordered.error());
    }
    return std::move(query_);
  }

 private:
  Allowed<bool> take(const std::string& name, const std::string& value) {
    const PagingRole& paging = listing_.paging;
    if (paging.by != PagingRole::By::kNothing && name == paging.parameter) {
      query_.position = value;
      return true;
    }
    query_.asked.emplace_back(name, value);
    if (!paging.size_parameter.empty() && name == paging.size_parameter) {
      return take_size(value);
    }
    if (!listing_.sort.parameter.empty() && name == listing_.sort.parameter) {
      sort_ = value;
      return true;
    }
    if (!listing_.sort.direction_parameter.empty() && name == listing_.sort.direction_parameter) {
      direction_ = value;
      return value == "asc" || value == "desc" ? Allowed<bool>(true) : wrong_value(name, "asc or desc");
    }
    if (const auto role = std::ranges::find(listing_.filters, name, &FilterRole::parameter); role != listing_.filters.end()) {
      return take_filter(*role, value);
    }
    return std::ranges::find(listing_.ignored, name) != listing_.ignored.end() ||
           std::ranges::find(listing_.required, name, &std::pair<std::string, std::string>::first) != listing_.required.end();
  }

  // Whoever gives back a token, or follows a link, has said them before.
  Allowed<void> check_required(const QueryParameters& parameters) const {
    const bool by_token = listing_.paging.by != PagingRole::By::kPage && listing_.paging.by != PagingRole::By::kOffset;
    if (!strict_ || (by_token && query_.position)) {
      return {};
    }
    for (const auto& [name, value] : listing_.required) {
      const auto said = std::ranges::find(parameters, name, &std::pair<std::string, std::string>::first);
      if (said == parameters.end()) {
        return refuse_request(400, fmt::format("the parameter {} is missing", name));
      }
      if (said->second != value) {
        return wrong_value(name, value.empty() ? "empty" : value);
      }
    }
    return {};
  }

  Allowed<bool> take_size(const std::string& value) {
    const PagingRole& paging = listing_.paging;
    const auto size = parse_integer(value);
    if (!size || *size < 1) {
      return wrong_value(paging.size_parameter, "a number above zero");
    }
    if (static_cast<std::size_t>(*size) > paging.maximum_size && paging.refuses_larger) {
      return wrong_value(paging.size_parameter, fmt::format("at most {}", paging.maximum_size));
    }
    query_.size = std::min(static_cast<std::size_t>(*size), paging.maximum_size);
    return true;
  }

  Allowed<bool> take_filter(const FilterRole& role, const std::string& value) {
    if (role.as == FilterValueKind::kNumber && !parse_number(value)) {
      return wrong_value(role.parameter, "a number");
    }
    if (role.as == FilterValueKind::kTime && !parse_time(role.format, value)) {
      return wrong_value(role.parameter, name_of(role.format));
    }
    query_.filters.push_back({.role = role, .value = value});
    return true;
  }

  Allowed<void> take_order() {
    const bool asked = sort_.has_value();
    std::string_view rest = asked ? std::string_view(*sort_) : std::string_view(listing_.sort.otherwise);
    while (!rest.empty()) {
      std::string_view one = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(one.size() + 1, rest.size()));
      const bool minus = one.starts_with('-') && listing_.sort.direction_parameter.empty();
      one.remove_prefix(minus ? 1 : 0);
      const bool descending = minus || direction_ == "desc";
      if (!asked) {
        query_.order.push_back({.field = std::string(one), .descending = descending});
        continue;
      }
      const auto found = std::ranges::find(listing_.sort.fields, one, &SortField::name);
      if (found == listing_.sort.fields.end()) {
        const auto names = std::views::transform(listing_.sort.fields, &SortField::name);
        return wrong_value(listing_.sort.parameter, fmt::format("one of {}", fmt::join(names, ", ")));
      }
      query_.order.push_back({.field = found->field, .name = found->name, .descending = descending});
    }
    return {};
  }

  std::unexpected<ApiRefusal> unknown(const std::string& name) const {
    std::vector<std::string> known = listing_.ignored;
    std::ranges::copy(std::views::keys(listing_.required), std::back_inserter(known));
    for (const FilterRole& filter : listing_.filters) {
      known.push_back(filter.parameter);
    }
    for (const std::string& each :
         {listing_.sort.parameter, listing_.sort.direction_parameter, listing_.paging.parameter, listing_.paging.size_parameter}) {
      if (!each.empty()) {
        known.push_back(each);
      }
    }
    const auto nearest = nearest_name(name, known);
    return refuse_request(400, nearest ? fmt::format("unknown parameter {}: did you mean {}?", name, *nearest)
                                       : fmt::format("unknown parameter {}: known are {}", name, fmt::join(known, ", ")));
  }

  const Listing& listing_;
  const bool strict_;
  ListingQuery query_;
  std::optional<std::string> sort_;
  std::string direction_;
};

}  // namespace

Allowed<ListingQuery> parse_listing_query(const Listing& listing, bool strict, const QueryParameters& parameters) {
  return QueryParser(listing, strict).parse(parameters);
}

RecordList execute_listing_query(const ListingQuery& query, RecordList records) {
  std::erase_if(records, [&](const RecordPointer& record) {
    return !std::ranges::all_of(query.filters, [&](const ListingQuery::Filter& filter) { return keeps(filter, *record); });
  });
  const auto comes_before = [&](const RecordPointer& left, const RecordPointer& right) {
    for (const ListingQuery::Order& order : query.order) {
      if (const int way = compare(find_at(left->value, order.field), find_at(right->value, order.field)); way != 0) {
        return order.descending ? way > 0 : way < 0;
      }
    }
    return false;
  };
  // Records that the order leaves equal stay as they stood. (std::stable_sort is deprecated for clang, in libstdc++ 12.)
  std::vector<std::size_t> places(records.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::ranges::sort(places, [&](std::size_t left, std::size_t right) {
    return comes_before(records[left], records[right]) || (left < right && !comes_before(records[right], records[left]));
  });
  RecordList sorted;
  sorted.reserve(records.size());
  for (const std::size_t place : places) {
    sorted.push_back(std::move(records[place]));
  }
  return sorted;
}

}  // namespace lakeflow
