#include "sources/healthcare/hl7v2/files/reread_file.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/options.h"
#include "libs/files/path_text.h"
#include "sources/healthcare/hl7v2/files/archive_members.h"

namespace lakeflow::hl7v2 {
namespace {

// The path of the known file that is meant.
Result<std::string> find_meant(const KnownFiles& known, std::string_view name, const std::string& root) {
  if (name.starts_with(root + "/")) {
    name.remove_prefix(root.size() + 1);
  }
  while (name.starts_with("./")) {
    name.remove_prefix(2);
  }
  std::string path = text_path(name);
  if (known.find(path) != nullptr) {
    return path;
  }
  const std::size_t mark = name.rfind('#');
  if (mark != std::string_view::npos && std::ranges::all_of(name.substr(mark + 1), [](unsigned char c) { return std::isdigit(c) != 0; })) {
    path = text_path(name.substr(0, mark));
    if (known.find(path) != nullptr) {
      return path;
    }
  }
  std::vector<std::string> texts;
  for (const auto& [other, progress] : known.entries()) {
    texts.push_back(path_text(other));
  }
  const std::optional<std::string> nearest = nearest_name(name, texts);
  return std::unexpected(Error::user(fmt::format("no file {} was read so far", name),
                                     nearest ? fmt::format("did you mean {}?", *nearest) : "files are named by their paths below storage_path"));
}

}  // namespace

Offset files_offset(const StateDigest& digest) { return Offset(fmt::format(R"({{"files":"{}"}})", digest.text())); }

std::optional<StateDigest> parse_files_offset(const Offset& offset) {
  const auto json = nlohmann::json::parse(offset.json(), nullptr, false);
  return json.is_object() && json.contains("files") && json.at("files").is_string() ? StateDigest::parse(json.at("files").get<std::string>())
                                                                                    : std::nullopt;
}

Result<ReadAgain> reread_file(std::string_view name, const std::string& root, const Offset& offset, const StateLookup& state) {
  LAKEFLOW_ASSIGN(KnownFiles known, KnownFiles::load(state));
  LAKEFLOW_ASSIGN(const std::string path, find_meant(known, name, root));
  const std::optional<StateDigest> digest = parse_files_offset(offset);
  if (!digest || *digest != known.digest()) {
    return std::unexpected(Error::user("the entries of the table's state are not those that its offset was committed with",
                                       digest ? "lakeflow ingest --full-refresh reads all files again into a table that is built anew"
                                              : "run lakeflow ingest once: the state is of an older version"));
  }
  const bool is_archive = known.find(path)->is_archive;
  ReadAgain again{.part = path_text(path), .offset = {}, .state_delta = {}};
  const auto put = [&](const std::string& changed, const FileProgress& progress) {
    again.state_delta.entries.emplace_back(file_key(changed), progress.to_json());
    known.put(changed, progress);
  };
  for (const std::string& each : is_archive ? members_of(known, path) : std::vector<std::string>{path}) {
    FileProgress progress;
    progress.missing_since = known.find(each)->missing_since;
    progress.number = known.next_number(each);
    if (!is_archive) {
      again.part = fmt::format("{}#{}", path_text(each), progress.number + 1);
    }
    put(each, progress);
  }
  // An archive is looked into where it was not to the end.
  const std::string archive = is_archive ? path : archive_of(path).value_or("");
  if (const FileProgress* const outer = known.find(archive)) {
    FileProgress progress = *outer;
    progress.has_ended = false;
    put(archive, progress);
  }
  again.offset = files_offset(known.digest());
  return again;
}

}  // namespace lakeflow::hl7v2
