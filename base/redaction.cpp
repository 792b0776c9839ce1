#include "base/redaction.h"

#include <algorithm>

namespace lakeflow {
namespace {

// "/fhir/Patient/7/_history" becomes "/fhir/Patient/*/_history".
std::string without_patients(std::string_view url) {
  constexpr std::string_view kType = "/Patient/";
  std::string shown;
  for (std::size_t at = url.find(kType); at != std::string_view::npos; at = url.find(kType)) {
    shown += url.substr(0, at + kType.size());
    url.remove_prefix(at + kType.size());
    const std::size_t end = std::min(url.find('/'), url.size());
    const bool is_operation = url.starts_with('_') || url.starts_with('$');
    shown += end == 0 || is_operation ? url.substr(0, end) : "*";
    url.remove_prefix(end);
  }
  return shown + std::string(url);
}

}  // namespace

std::string redact_url(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) {
    return without_patients(url);
  }
  const std::size_t authority = scheme + 3;
  const std::size_t path = url.find('/', authority);
  const std::size_t user = url.substr(0, path).rfind('@');
  if (user == std::string_view::npos || user < authority) {
    return without_patients(url);
  }
  return std::string(url.substr(0, authority)) + without_patients(url.substr(user + 1));
}

}  // namespace lakeflow
