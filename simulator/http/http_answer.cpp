#include "simulator/http/http_answer.h"

#include <strings.h>

#include <algorithm>

namespace lakeflow {
namespace {

auto find_header(const std::vector<HttpHeader>& headers, std::string_view name) {
  return std::ranges::find_if(headers, [&](const HttpHeader& header) {
    return header.name.size() == name.size() && ::strncasecmp(header.name.data(), name.data(), name.size()) == 0;
  });
}

}  // namespace

std::string_view ReceivedRequest::header(std::string_view name) const {
  const auto found = find_header(headers, name);
  return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

bool ReceivedRequest::has_header(std::string_view name) const { return find_header(headers, name) != headers.end(); }

std::string ReceivedRequest::origin() const { return scheme + "://" + std::string(header("Host")); }

std::string_view ReceivedRequest::path() const { return std::string_view(target).substr(0, target.find('?')); }

}  // namespace lakeflow
