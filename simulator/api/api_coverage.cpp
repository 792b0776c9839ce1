#include "simulator/api/api_coverage.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lakeflow {

std::string ApiCoverage::text() const {
  std::string text;
  std::string endpoint = "?";
  for (const Item& item : items) {
    if (item.endpoint != endpoint) {
      endpoint = item.endpoint;
      text += endpoint.empty() ? "the source\n" : endpoint + "\n";
    }
    text += item.count == 0 ? fmt::format("  never asked  {}\n", item.what) : fmt::format("  {:>11}  {}\n", item.count, item.what);
  }
  text += refused.empty() ? "" : "refused\n";
  for (const Item& item : refused) {
    text += fmt::format("  {:>11}  {}{}{}\n", item.count, item.endpoint, item.endpoint.empty() ? "" : ": ", item.what);
  }
  const auto never = std::ranges::count(items, std::uint64_t{0}, &Item::count);
  return text + fmt::format("{} of {} were asked for\n", std::ssize(items) - never, items.size());
}

std::string ApiCoverage::json() const {
  using Json = nlohmann::ordered_json;
  const auto never = std::ranges::count(items, std::uint64_t{0}, &Item::count);
  Json document = {{"asked", std::ssize(items) - never}, {"never_asked", never}, {"endpoints", Json::object()}, {"source", Json::object()}};
  for (const Item& item : items) {
    Json& place = item.endpoint.empty() ? document["source"] : document["endpoints"][item.endpoint];
    place[item.what] = item.count;
  }
  document["refused"] = Json::array();
  for (const Item& item : refused) {
    document["refused"].push_back({{"endpoint", item.endpoint}, {"reason", item.what}, {"count", item.count}});
  }
  return document.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace lakeflow
