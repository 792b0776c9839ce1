#include "bench/decode/resource_records.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include <simdjson.h>

namespace lakeflow {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(text).str();
}

std::vector<std::string> read_lines(const std::filesystem::path& path, std::size_t bytes) {
  std::vector<std::string> lines;
  std::ifstream file(path, std::ios::binary);
  std::size_t size = 0;
  for (std::string line; size < bytes && std::getline(file, line);) {
    size += line.size();
    lines.push_back(std::move(line));
  }
  return lines;
}

// The examples are laid out for people; NDJSON is not.
std::vector<std::string> read_examples(const std::string& type) {
  std::vector<std::string> lines;
  for (const auto& entry : std::filesystem::directory_iterator(LAKEFLOW_FHIR_PACKAGE)) {
    if (entry.path().filename().string().starts_with(type + "-")) {
      const std::string text = read_file(entry.path());
      std::string line(text.size(), '\0');
      std::size_t size = 0;
      if (simdjson::minify(text.data(), text.size(), line.data(), size) == simdjson::SUCCESS) {
        line.resize(size);
        lines.push_back(std::move(line));
      }
    }
  }
  std::ranges::sort(lines);
  return lines;
}

}  // namespace

Result<std::vector<RawRecords>> resource_records(const std::string& type, const std::string& folder, std::size_t bytes, std::size_t batch_rows) {
  const std::vector<std::string> lines = folder.empty() ? read_examples(type) : read_lines(std::filesystem::path(folder) / (type + ".ndjson"), bytes);
  if (lines.empty()) {
    return std::unexpected(Error::user("no resources of type " + type + (folder.empty() ? "" : " in " + folder)));
  }
  std::vector<RawRecords> batches;
  std::size_t size = 0;
  for (std::size_t next = 0; size < bytes;) {
    auto buffer = std::make_shared<std::string>();
    std::vector<std::pair<std::size_t, std::size_t>> places;
    for (; places.size() < batch_rows && size < bytes; next = (next + 1) % lines.size()) {
      places.emplace_back(buffer->size(), lines[next].size());
      *buffer += lines[next];
      *buffer += '\n';
      size += lines[next].size() + 1;
    }
    RawRecords raw;
    raw.bytes_read = buffer->size();
    buffer->append(kPadding, ' ');
    for (const auto& [at, length] : places) {
      raw.records.push_back({std::string_view(*buffer).substr(at, length), Operation::kUpsert, 0, at});
    }
    raw.origins = {type};
    raw.buffer = std::move(buffer);
    batches.push_back(std::move(raw));
  }
  return batches;
}

}  // namespace lakeflow
