#include "simulator/fhir/search_query.h"

#include <algorithm>
#include <cctype>
#include <functional>

#include <fmt/format.h>

#include "base/options.h"
#include "simulator/fhir/element_search.h"
#include "simulator/fhir/search_time.h"

namespace lakeflow {
namespace {

void narrow(TimeRange& range, const TimeRange& by) {
  if (by.from && (!range.from || *range.from < *by.from)) {
    range.from = by.from;
  }
  if (by.until && (!range.until || *by.until < *range.until)) {
    range.until = by.until;
  }
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {  // ends with the text
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

bool contains(const std::vector<std::string>& texts, std::string_view text) { return std::ranges::find(texts, text) != texts.end(); }

std::unexpected<Refusal> bad_value(std::string_view name) { return refuse(400, "value", fmt::format("the value of {} can't be understood", name)); }

// Parameters of every interaction that this server always fulfils, whatever their value: it knows only JSON.
bool is_about_form(std::string_view name) { return name == "_format" || name == "_pretty"; }

class SearchParser {
 public:
  SearchParser(std::string_view type, const SearchHabits& habits) : habits_(habits) { query_.type = type; }

  Granted<SearchQuery> parse(const QueryParameters& parameters) {
    for (const auto& [name, value] : parameters) {
      const auto understood = read(name, value);
      if (!understood) {
        return std::unexpected(understood.error());
      }
      if (*understood) {
        query_.used.emplace_back(name, value);
      } else if (habits_.strict) {
        return refuse(400, "not-supported", fmt::format("the search parameter {} is not known here", name));
      }
    }
    return std::move(query_);
  }

 private:
  // Whether the parameter was used, or is to be shown as if it were.
  Granted<bool> read(const std::string& name, const std::string& value) {
    if (name == "_lastUpdated") return read_last_updated(value);
    if (name == "_sort") return read_sort(value);
    if (name == "_count") return read_count(value);
    if (name == "_id") return read_ids(value);
    if (name == "_total") {
      query_.with_total = value != "none";
      return value == "none" || value == "estimate" || value == "accurate" ? Granted<bool>(true) : bad_value(name);
    }
    if (name == "_summary") {
      query_.only_total = value == "count";
      return query_.only_total || value == "false";
    }
    if (name == "_elements") {
      query_.shown = split(value, ',');
      return true;
    }
    if (habits_.ignores_patient && is_patient_parameter(query_.type, name)) {
      return habits_.keeps_it_secret;
    }
    if (is_searched_element(query_.type, name)) {
      query_.elements.emplace_back(name, value);
      return true;
    }
    return is_about_form(name);
  }

  Granted<bool> read_last_updated(const std::string& value) {
    const auto condition = parse_date_condition(value);
    if (!condition) {
      return bad_value("_lastUpdated");
    }
    if (habits_.ignores_last_updated) {
      return habits_.keeps_it_secret;
    }
    narrow(query_.last_updated, *condition);
    return true;
  }

  Granted<bool> read_sort(const std::string& value) {
    constexpr std::pair<std::string_view, SearchSort> kSorts[] = {{"_id", SearchSort::kId},
                                                                  {"-_id", SearchSort::kIdDescending},
                                                                  {"_lastUpdated", SearchSort::kLastUpdated},
                                                                  {"-_lastUpdated", SearchSort::kLastUpdatedDescending}};
    const auto* sort = std::ranges::find(kSorts, value, [](const auto& each) { return each.first; });
    if (sort == std::end(kSorts)) {
      return false;
    }
    if (habits_.ignores_sort) {
      return habits_.keeps_it_secret;
    }
    query_.sort = sort->second;
    return true;
  }

  Granted<bool> read_count(const std::string& value) {
    const auto count = parse_integer(value);
    if (!count || *count < 0) {
      return bad_value("_count");
    }
    query_.only_total = query_.only_total || *count == 0;
    query_.page_size = static_cast<std::size_t>(*count);
    return true;
  }

  Granted<bool> read_ids(const std::string& value) {
    auto ids = split(value, ',');
    if (query_.ids) {
      std::erase_if(ids, [&](const std::string& id) { return !contains(*query_.ids, id); });
    }
    query_.ids = std::move(ids);
    return true;
  }

  const SearchHabits habits_;
  SearchQuery query_;
};

void sort_by(SearchSort sort, std::vector<const ResourceVersion*>& found) {
  switch (sort) {
    case SearchSort::kId: std::ranges::sort(found, {}, &ResourceVersion::id); break;
    case SearchSort::kIdDescending: std::ranges::sort(found, std::ranges::greater(), &ResourceVersion::id); break;
    case SearchSort::kLastUpdated: break;  // the store's order
    case SearchSort::kLastUpdatedDescending: std::ranges::reverse(found); break;
  }
}

}  // namespace

Granted<SearchQuery> parse_search(std::string_view type, const QueryParameters& parameters, const SearchHabits& habits) {
  return SearchParser(type, habits).parse(parameters);
}

Granted<SearchQuery> parse_history(std::string_view type, std::string_view id, const QueryParameters& parameters) {
  SearchQuery query;
  query.type = type;
  query.history_id = id;
  query.history = true;
  for (const auto& [name, value] : parameters) {
    if (name == "_since") {
      const auto since = parse_search_date(value);
      if (!since) {
        return bad_value(name);
      }
      query.last_updated.from = since->from;
    } else if (name == "_count") {
      const auto count = parse_integer(value);
      if (!count || *count < 1) {
        return bad_value(name);
      }
      query.page_size = static_cast<std::size_t>(*count);
    } else if (!is_about_form(name)) {
      continue;
    }
    query.used.emplace_back(name, value);
  }
  return query;
}

std::vector<const ResourceVersion*> execute(const SearchQuery& query, const ResourceStore& store) {
  if (query.history) {
    return store.history(query.type, query.history_id, query.last_updated.from);
  }
  auto found = store.current(query.type, query.last_updated);
  if (query.ids) {
    std::erase_if(found, [&](const ResourceVersion* version) { return !contains(*query.ids, version->id); });
  }
  for (const auto& [name, value] : query.elements) {
    std::erase_if(found, [&](const ResourceVersion* version) { return !element_has_value(query.type, version->text, name, value); });
  }
  sort_by(query.sort, found);
  return found;
}

std::string encode_query(const QueryParameters& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    text += text.empty() ? "" : "&";
    text += name;
    text += '=';
    for (const char c : value) {
      const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("-._~:,").contains(c);
      text += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

}  // namespace lakeflow
