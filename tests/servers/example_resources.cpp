#include "tests/servers/example_resources.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace lakeflow {

std::vector<nlohmann::json> example_resources(std::string_view type) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(LAKEFLOW_SOURCE_DIR "/.deps/fhir")) {
    if (entry.path().filename().string().starts_with(std::string(type) + "-")) {
      files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  std::vector<nlohmann::json> resources;
  for (const auto& file : files) {
    resources.push_back(nlohmann::json::parse(std::ifstream(file)));
  }
  return resources;
}

std::string transaction_of(const std::vector<nlohmann::json>& resources) {
  nlohmann::json bundle = {{"resourceType", "Bundle"}, {"type", "transaction"}, {"entry", nlohmann::json::array()}};
  for (const nlohmann::json& resource : resources) {
    const std::string url = resource["resourceType"].get<std::string>() + "/" + resource["id"].get<std::string>();
    bundle["entry"].push_back({{"resource", resource}, {"request", {{"method", "PUT"}, {"url", url}}}});
  }
  return bundle.dump();
}

}  // namespace lakeflow
