#pragma once

#include <string>
#include <string_view>

namespace lakeflow {

// Whether a granted scope (several, separated by blanks) lets resources of the type be searched: system/*.read, system/Patient.rs and their like
// (SMART App Launch 1 and 2, "Scopes"), of any context. True, too, where none of the scopes is of that form: then it says nothing about types.
bool scope_allows_search(std::string_view granted, std::string_view resource_type);

// The scope as it may be shown: a server's text, so no more of it than scopes are made of, and not without end.
std::string shown_scope(std::string_view granted);

}  // namespace lakeflow
