#include "simulator/fhir/folder_loader.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "base/options.h"
#include "simulator/fhir/bundle_entries.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLinesOfARequest = 100;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Result<std::vector<fs::path>> find_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code failure;
  for (auto entry = fs::recursive_directory_iterator(folder, failure); !failure && entry != fs::recursive_directory_iterator();
       entry.increment(failure)) {
    const auto extension = entry->path().extension();
    if (entry->is_regular_file() && (extension == ".json" || extension == ".ndjson")) {
      files.push_back(entry->path());
    }
  }
  if (failure) {
    return std::unexpected(
        Error::user(fmt::format("the folder {} can't be read: {}", folder.string(), failure.message()), "check its path and its rights"));
  }
  std::ranges::sort(files);
  return files;
}

Result<std::string> read_file(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::error_code failure;
  std::string text(fs::file_size(file, failure), '\0');
  if (failure || !stream.read(text.data(), static_cast<std::streamsize>(text.size()))) {
    return std::unexpected(Error::user(fmt::format("the file {} can't be read", file.string()), "check its rights"));
  }
  if (text.starts_with(kByteOrderMark)) {
    text.erase(0, kByteOrderMark.size());
  }
  return text;
}

class Loader {
 public:
  Status load(const fs::path& file) {
    LAKEFLOW_ASSIGN(std::string text, read_file(file));
    if (file.extension() == ".ndjson") {
      add_lines(text);
    } else {
      requests().emplace_back();
      add_text(std::move(text));
    }
    return {};
  }

  FolderContents finish() {
    std::erase_if(requests(), [](const auto& request) { return request.empty(); });
    return std::move(contents_);
  }

 private:
  std::vector<std::vector<ResourceWrite>>& requests() { return contents_.requests; }

  void add_lines(std::string_view text) {
    for (std::size_t number = 0; !text.empty(); ++number) {
      if (number % kLinesOfARequest == 0) {
        requests().emplace_back();
      }
      const auto end = std::min(text.find('\n'), text.size());
      if (text.substr(0, end).find_first_not_of(" \t\r") != std::string_view::npos) {
        add_text(std::string(text.substr(0, end)));
      }
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  // A resource, or a Bundle that is but a parcel, into the last request.
  void add_text(std::string text) {
    auto outline = outline_resource(text);
    if (outline && !outline->id.empty()) {
      add_resource(std::move(text), *std::move(outline));
    } else if (outline && outline->type == "Bundle") {
      add_parcel(text);
    } else {
      ++contents_.skipped;
    }
  }

  void add_parcel(std::string_view text) {
    const auto bundle = read_bundle_entries(text);
    if (!bundle) {
      ++contents_.skipped;
      return;
    }
    std::vector<std::pair<std::string, ResourceOutline>> resources;
    std::unordered_map<std::string, std::string> references;
    for (const BundleEntry& entry : bundle->entries) {
      auto outline = outline_resource(entry.resource);
      if (!outline || outline->id.empty()) {
        ++contents_.skipped;
        continue;
      }
      references.emplace(entry.full_url, outline->type + "/" + outline->id);
      resources.emplace_back(entry.resource, *std::move(outline));
    }
    for (auto& [resource, outline] : resources) {
      std::string resolved = replace_references(resource, references);
      if (auto again = outline_resource(resolved)) {
        add_resource(std::move(resolved), *std::move(again));
      }
    }
  }

  void add_resource(std::string text, ResourceOutline outline) {
    ResourceWrite write{.method = WriteMethod::kPut, .type = outline.type, .id = outline.id, .text = std::move(text)};
    if (const auto time = parse_utc(outline.last_updated)) {
      write.last_updated = *time;
      write.last_updated_text = outline.last_updated;
    }
    if (const auto version = parse_integer(outline.version_id); version && *version > 0) {
      write.version = static_cast<std::uint64_t>(*version);
    }
    write.outline = std::move(outline);
    requests().back().push_back(std::move(write));
    ++contents_.resources;
  }

  FolderContents contents_;
};

}  // namespace

Result<FolderContents> load_folder(const fs::path& folder) {
  LAKEFLOW_ASSIGN(const std::vector<fs::path> files, find_files(folder));
  Loader loader;
  for (const fs::path& file : files) {
    LAKEFLOW_TRY(loader.load(file));
  }
  return loader.finish();
}

}  // namespace lakeflow
