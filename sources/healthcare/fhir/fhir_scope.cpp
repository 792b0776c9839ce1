#include "sources/healthcare/fhir/fhir_scope.h"

#include <algorithm>
#include <string>

namespace lakeflow {

bool scope_allows_search(std::string_view granted, std::string_view resource_type) {
  bool speaks_of_types = false;
  while (!granted.empty()) {
    const std::size_t end = std::min(granted.find(' '), granted.size());
    std::string_view scope = granted.substr(0, end);
    granted.remove_prefix(std::min(end + 1, granted.size()));
    scope = scope.substr(0, scope.find('?'));  // a part of the type's resources
    const std::size_t slash = scope.find('/');
    const std::size_t dot = scope.rfind('.');
    if (slash == std::string_view::npos || dot == std::string_view::npos || dot < slash) {
      continue;
    }
    const std::string_view context = scope.substr(0, slash);
    if (context != "system" && context != "user" && context != "patient") {
      continue;
    }
    speaks_of_types = true;
    const std::string_view type = scope.substr(slash + 1, dot - slash - 1);
    const std::string_view what = scope.substr(dot + 1);
    const bool lets_search = what == "read" || what == "*" || (what != "write" && what.contains('s'));
    if (lets_search && (type == "*" || type == resource_type)) {
      return true;
    }
  }
  return !speaks_of_types;
}

std::string shown_scope(std::string_view granted) {
  constexpr std::size_t kLongest = 500;
  std::string shown(granted.substr(0, kLongest));
  std::ranges::replace_if(shown, [](char c) { return c < ' ' || c > '~'; }, '?');
  return granted.size() > kLongest ? shown + " …" : shown;
}

}  // namespace lakeflow
