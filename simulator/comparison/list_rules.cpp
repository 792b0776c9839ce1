#include "simulator/comparison/list_rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "simulator/api/json_place.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

constexpr TimestampMicros kMillisecond = 1000;
constexpr TimestampMicros kSecond = 1000 * kMillisecond;
constexpr TimestampMicros kDay = 24 * 3600 * kSecond;
constexpr TimestampMicros kTenYears = 3653 * kDay;
constexpr std::size_t kLongestValue = 100;

struct Unit {
  TimestampMicros length;
  std::string_view name;
};

Unit unit_of(TimeFormat format) {
  switch (format) {
    case TimeFormat::kIso:
    case TimeFormat::kEpochMilliseconds: return {kMillisecond, "millisecond"};
    case TimeFormat::kIsoSeconds:
    case TimeFormat::kEpochSeconds: return {kSecond, "second"};
    case TimeFormat::kDate: return {kDay, "day"};
  }
  return {kSecond, "second"};
}

std::optional<TimestampMicros> time_of(const FilterRole& filter, const ApiRecord& record) {
  const Json* const value = find_at(record.value, filter.field);
  return filter.on_time_of_record ? record.modified : value == nullptr ? std::nullopt : time_in(filter.format, *value);
}

std::string written(TimeFormat format, TimestampMicros time) {
  const Json value = write_time(format, time);
  return value.is_string() ? value.get<std::string>() : value.dump();
}

bool keeps_later(FilterOperator compares) { return compares != FilterOperator::kAtOrBefore && compares != FilterOperator::kBefore; }

// Of the values that are there, the one by which a filter keeps few and not all: the last but one in the direction of the filter, so that there are
// records on both sides of it.
template <typename Values>
auto telling(FilterOperator compares, const Values& values) {
  const auto from_end = static_cast<std::ptrdiff_t>(values.size() > 2 ? 2 : 1);
  return *(keeps_later(compares) ? std::prev(values.end(), from_end) : std::next(values.begin(), from_end - 1));
}

std::set<std::string> keys_of(const RecordList& records) {
  std::set<std::string> keys;
  for (const RecordPointer& record : records) {
    keys.insert(record->key);
  }
  return keys;
}

std::size_t count_missing(const std::set<std::string>& of, const std::set<std::string>& in) {
  return static_cast<std::size_t>(std::ranges::count_if(of, [&](const std::string& key) { return !in.contains(key); }));
}

std::set<std::string> keys_kept(ListingQuery::Filter asked, FilterOperator compares, const RecordList& records) {
  asked.role.compares = compares;
  ListingQuery query;
  query.filters.push_back(std::move(asked));
  return keys_of(execute_listing_query(query, records));
}

}  // namespace

std::optional<RecordList> as_records(const RecordShape& shape, const Json& list) {
  const RecordCollection collection(shape);
  RecordList records;
  for (const Json& value : list) {
    auto record = value.is_object() ? collection.make(value) : std::unexpected(Error::data("a record is no JSON object"));
    if (!record) {
      return std::nullopt;
    }
    records.push_back(std::make_shared<const ApiRecord>(*std::move(record)));
  }
  return records;
}

std::vector<FilterProbe> probe_filter(const FilterRole& filter, const RecordList& records, TimestampMicros now) {
  constexpr const char* kThere = "at a value that is there";
  if (filter.as == FilterValueKind::kTime) {
    std::map<TimestampMicros, std::string> times;
    for (const RecordPointer& record : records) {
      if (const auto time = time_of(filter, *record)) {
        const std::string text = text_at(record->value, filter.field);
        // As the source wrote it, to its last digit, where the filter reads the same.
        times.emplace(*time, parse_time(filter.format, text) == time ? text : written(filter.format, *time));
      }
    }
    if (times.size() < 2) {
      return {};
    }
    const auto [time, text] = telling(filter.compares, times);
    const Unit unit = unit_of(filter.format);
    const FilterProbe beyond_all =
        keeps_later(filter.compares) ? FilterProbe{.value = written(filter.format, now + kTenYears), .where = "in the future"}
                                     : FilterProbe{.value = written(filter.format, times.begin()->first - kTenYears), .where = "before all of them"};
    return {{.value = text, .where = kThere},
            {.value = written(filter.format, time + unit.length), .where = fmt::format("one {} after it", unit.name)},
            beyond_all};
  }
  std::set<std::pair<double, std::string>> values;  // numbers by their size, texts by themselves
  for (const RecordPointer& record : records) {
    const std::string text = text_at(record->value, filter.field);
    const Json* const value = find_at(record->value, filter.field);
    if (!text.empty() && text.size() <= kLongestValue) {
      values.emplace(filter.as == FilterValueKind::kNumber && value->is_number() ? value->get<double>() : 0, text);
    }
  }
  return values.size() < 2 ? std::vector<FilterProbe>() : std::vector<FilterProbe>{{telling(filter.compares, values).second, kThere}};
}

std::optional<std::string> compare_kept(const ListingQuery::Filter& asked, const RecordList& all, const RecordList& kept, bool is_whole) {
  const std::set<std::string> found = keys_of(kept);
  // A record that came with the filter alone is one of all, as it is now.
  RecordList universe = kept;
  std::ranges::copy_if(all, std::back_inserter(universe), [&](const RecordPointer& record) { return !found.contains(record->key); });
  const std::set<std::string> fit = keys_kept(asked, asked.role.compares, universe);
  const std::size_t too_many = count_missing(found, fit);
  const std::size_t missing = is_whole ? count_missing(fit, found) : 0;
  if (too_many == 0 && missing == 0) {
    return std::nullopt;
  }
  if (too_many > 0 && count_missing(keys_of(universe), found) == 0) {
    return "the live source does not keep to it: all records come";
  }
  for (const FilterOperator other :
       {FilterOperator::kAtOrAfter, FilterOperator::kAfter, FilterOperator::kAtOrBefore, FilterOperator::kBefore, FilterOperator::kEqual}) {
    if (is_whole && keys_kept(asked, other, universe) == found) {
      return fmt::format("operator {}, live {}", name_of(asked.role.compares), name_of(other));
    }
  }
  return fmt::format("live {} of {} records that fit are missing, and {} come that don't fit", missing, fit.size(), too_many);
}

bool has_two_values(const std::string& field, const RecordList& records) {
  std::set<std::string> values;
  for (const RecordPointer& record : records) {
    values.insert(text_at(record->value, field));
  }
  return values.size() > 1;
}

bool is_in_order(const std::vector<ListingQuery::Order>& order, const RecordList& records) {
  ListingQuery query;
  query.order = order;
  return execute_listing_query(query, records) == records;
}

}  // namespace lakeflow
