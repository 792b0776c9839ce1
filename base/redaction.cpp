#include "base/redaction.h"

namespace lakeflow {

std::string redact_url(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) {
    return std::string(url);
  }
  const std::size_t authority = scheme + 3;
  const std::size_t path = url.find('/', authority);
  const std::size_t user = url.substr(0, path).rfind('@');
  if (user == std::string_view::npos || user < authority) {
    return std::string(url);
  }
  return std::string(url.substr(0, authority)) + std::string(url.substr(user + 1));
}

}  // namespace lakeflow
