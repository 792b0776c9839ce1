#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lakeflow {

// A URL as a trace of requests shows it: without user, password and fragment; of the query the names of parameters alone; and with * for what in the
// path may name a person or a key: a segment behind the name of a type ("Patient"), one that holds a digit and is longer than six characters, or is
// made of digits, or is very long. "https://h/fhir/Patient/12345?_count=10&name=x" is "https://h/fhir/Patient/*?_count&name".
std::string trace_url(std::string_view url);

// The names of the parameters in the URL's query, in their order; * for one that may be no name.
std::vector<std::string> parameter_names(std::string_view url);

}  // namespace lakeflow
