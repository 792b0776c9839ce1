#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace lakeflow {

// Scheme, host and port of a URL: who is spoken to. Hosts are in lower case and the port is always there
// ("https://fhir.example.org:443"), so that equal texts are equal origins (RFC 6454 §4).
struct Origin {
  std::string scheme;
  std::string host;
  std::string port;

  std::string text() const { return scheme + "://" + host + ":" + port; }
  bool operator==(const Origin&) const = default;
};

// A user error where the text is no absolute http or https URL.
Result<Origin> origin_of(std::string_view url);

// What a reference (absolute, "/path", "?query", "page/2") means where it stands in the resource at `base` (RFC 3986 §5). A source error
// where it makes no http or https URL.
Result<std::string> resolve_url(std::string_view base, std::string_view reference);

// The text as it may stand in a query: everything but the unreserved characters is percent-encoded (RFC 3986 §2.3).
std::string percent_encode(std::string_view text);

// The URL with one more parameter in its query, before a fragment. Name and value are encoded.
std::string with_parameter(std::string_view url, std::string_view name, std::string_view value);

// The URL without each parameter of its query that has this name; as it is where none has.
std::string without_parameter(std::string_view url, std::string_view name);

// localhost, 127.0.0.0/8 and [::1].
bool is_loopback_host(std::string_view host);

// An address, not a name: "10.0.0.1", "[2001:db8::1]".
bool is_literal_address(std::string_view host);

}  // namespace lakeflow
