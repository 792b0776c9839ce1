#pragma once

#include <string>
#include <string_view>

namespace lakeflow {

struct HttpHeader {
  std::string name;
  std::string value;
  bool operator==(const HttpHeader&) const = default;
};

HttpHeader bearer_token(std::string_view token);  // Authorization: Bearer …

}  // namespace lakeflow
