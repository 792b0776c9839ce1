#include "bench/resources/resource_records.h"

#include <chrono>
#include <fstream>
#include <memory>
#include <string_view>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "engine/ingest/raw_batcher.h"

namespace lakeflow::bench {
namespace {

// A resource apart from what is written anew: {"resourceType":"Patient","id":" · 6252ef78-e442-… · "… }
struct ResourceText {
  std::string_view before;
  std::string_view id;
  std::string_view after;
};

// Of an id, which has 64 characters at most (FHIR R4 §2.24.0.1), so much stays beside the number.
constexpr std::size_t kKeptOfId = 28;

std::vector<std::string> read_lines(const std::filesystem::path& path) {
  std::vector<std::string> lines;
  std::ifstream file(path, std::ios::binary);
  for (std::string line; std::getline(file, line);) {
    lines.push_back(std::move(line));
  }
  return lines;
}

Result<std::vector<ResourceText>> take_apart(const std::vector<std::string>& lines, const std::filesystem::path& path) {
  static constexpr std::string_view kId = R"("id":")";
  std::vector<ResourceText> resources;
  for (const std::string_view line : lines) {
    const std::size_t id = line.find(kId);
    const std::size_t end = id == std::string_view::npos ? id : line.find('"', id + kId.size());
    if (end == std::string_view::npos) {
      return std::unexpected(Error::user(fmt::format("line {} of {} is no resource with an id", resources.size() + 1, path.string())));
    }
    resources.push_back({line.substr(0, id + kId.size()), line.substr(id + kId.size(), end - id - kId.size()), line.substr(end + 1)});
  }
  if (resources.empty()) {
    return std::unexpected(Error::user("no resources in " + path.string(), "run tools/setup-bench, which writes them"));
  }
  return resources;
}

// The resource with an id of its own and with meta. Twenty share a second, as what one visit brings does.
void append(std::string& text, const ResourceText& resource, std::size_t number, int version) {
  const std::chrono::sys_seconds changed{std::chrono::seconds(1'600'000'000 + static_cast<std::int64_t>(number / 20) + 100'000'000 * (version - 1))};
  fmt::format_to(std::back_inserter(text), R"({}{}{:08x}","meta":{{"versionId":"{}","lastUpdated":"{:%FT%T}.000+00:00"}}{})", resource.before,
                 resource.id.substr(0, kKeptOfId), number, version, changed, resource.after);
}

}  // namespace

Result<std::vector<RawRecords>> resource_records(const ResourceInput& input) {
  const std::filesystem::path path = input.folder / (input.type + ".ndjson");
  const std::vector<std::string> lines = read_lines(path);
  LAKEFLOW_ASSIGN(const std::vector<ResourceText> resources, take_apart(lines, path));
  std::vector<RawRecords> batches;
  std::size_t size = 0;  // of all resources, those that are left out too
  for (std::size_t number = 0; size < input.bytes;) {
    auto buffer = std::make_shared<std::string>();
    std::vector<std::pair<std::size_t, std::size_t>> places;
    for (; places.size() < kBatchRecords && buffer->size() < kBatchBytes && size < input.bytes; ++number) {
      const ResourceText& resource = resources[number % resources.size()];
      const std::size_t at = buffer->size();
      append(*buffer, resource, number, input.version);
      size += buffer->size() - at;
      if (number % input.one_in == 0) {
        places.emplace_back(at, buffer->size() - at);
      } else {
        buffer->resize(at);
      }
    }
    RawRecords raw;
    raw.bytes_read = buffer->size();
    buffer->append(kPadding, ' ');
    for (const auto& [at, length] : places) {
      raw.records.push_back({std::string_view(*buffer).substr(at, length), Operation::kUpsert, 0, at});
    }
    raw.origins = {path.string()};
    raw.buffer = std::move(buffer);
    batches.push_back(std::move(raw));
  }
  return batches;
}

}  // namespace lakeflow::bench
