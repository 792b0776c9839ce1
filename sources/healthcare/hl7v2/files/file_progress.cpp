#include "sources/healthcare/hl7v2/files/file_progress.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libs/files/path_text.h"

namespace lakeflow::hl7v2 {

std::string FileProgress::to_json() const {
  nlohmann::ordered_json json = {{"read", splitter.position},
                                 {"size", identity.size},
                                 {"modified_ns", identity.modified_ns},
                                 {"inode", identity.inode},
                                 {"fingerprint", fingerprint}};
  // The rest is rare.
  if (splitter.in_frame) json["in_frame"] = true;
  if (splitter.batch_messages > 0) json["batch_messages"] = splitter.batch_messages;
  if (splitter.file_batches > 0) json["file_batches"] = splitter.file_batches;
  if (identity.version != 0) json["version"] = identity.version;
  if (has_ended) json["ended"] = *has_ended;
  if (is_damaged) json["damaged"] = true;
  if (is_archive) json["archive"] = true;
  if (is_refused) json["refused"] = true;
  if (missing_since) json["missing_since"] = *missing_since;
  if (number > 0) json["number"] = number;
  if (renamed_from) {
    json["first_path"] = path_text(renamed_from->path);
    if (renamed_from->number > 0) json["first_number"] = renamed_from->number;
  }
  return json.dump();
}

Result<FileProgress> FileProgress::parse(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const auto unreadable = [] {
    return std::unexpected(
        Error::user("an entry of its state in the destination does not say how far an HL7 file was read, as if it had been changed by "
                    "hand",
                    "lakeflow ingest --full-refresh reads all files again into a table that is built anew"));
  };
  if (!json.is_object()) {
    return unreadable();
  }
  FileProgress progress;
  try {
    progress.splitter.position = json.at("read").get<std::uint64_t>();
    progress.identity.size = json.at("size").get<std::uint64_t>();
    progress.identity.modified_ns = json.at("modified_ns").get<std::int64_t>();
    progress.identity.inode = json.at("inode").get<std::uint64_t>();
    progress.fingerprint = json.at("fingerprint").get<std::string>();
    progress.splitter.in_frame = json.value("in_frame", false);
    progress.splitter.batch_messages = json.value("batch_messages", std::uint64_t{0});
    progress.splitter.file_batches = json.value("file_batches", std::uint64_t{0});
    progress.identity.version = json.value("version", std::uint64_t{0});
    if (json.contains("ended")) {
      progress.has_ended = json.at("ended").get<bool>();
    }
    progress.is_damaged = json.value("damaged", false);
    progress.is_archive = json.value("archive", false);
    progress.is_refused = json.value("refused", false);
    if (json.contains("missing_since")) {
      progress.missing_since = json.at("missing_since").get<TimestampMicros>();
    }
    progress.number = json.value("number", std::uint64_t{0});
    if (json.contains("first_path")) {
      progress.renamed_from = NamedFile{text_path(json.at("first_path").get<std::string>()), json.value("first_number", std::uint64_t{0})};
    }
  } catch (const nlohmann::json::exception&) {
    return unreadable();
  }
  return progress;
}

Result<std::string> files_in_words(const StateLookup& state) {
  std::size_t files = 0;
  std::size_t unfinished = 0;
  std::size_t refused = 0;
  std::string newest;
  std::int64_t newest_time = 0;
  LAKEFLOW_TRY(state.scan(kFileKeyPrefix, [&](std::string_view key, std::string_view value) -> Status {
    LAKEFLOW_ASSIGN(const FileProgress progress, FileProgress::parse(value));
    if (progress.missing_since || progress.is_archive) {
      return {};
    }
    ++files;
    unfinished += progress.is_complete() || progress.is_refused ? 0U : 1U;
    refused += progress.is_refused ? 1U : 0U;
    if (newest.empty() || progress.identity.modified_ns > newest_time) {
      newest = key.substr(kFileKeyPrefix.size());
      newest_time = progress.identity.modified_ns;
    }
    return {};
  }));
  if (files == 0) {
    return std::string("no file is there");
  }
  return fmt::format("{} file{}, the newest {}{}{}", files, files == 1 ? "" : "s", newest,
                     unfinished > 0 ? fmt::format("; {} not to the end", unfinished) : "",
                     refused > 0 ? fmt::format("; {} written anew since, and not read again", refused) : "");
}

}  // namespace lakeflow::hl7v2
