#include "sources/healthcare/hl7v2/hl7v2_options.h"

#include <fmt/format.h>

#include "libs/hl7v2/character_set.h"

namespace lakeflow::hl7v2 {
namespace {

constexpr std::int64_t kFilesOfABatch = 1000;
constexpr std::int64_t kFilesOfATrigger = 100;
constexpr double kQuietSeconds = 2;

Result<std::uint64_t> positive(std::string_view name, std::int64_t value) {
  if (value < 1) {
    return std::unexpected(Error::user(fmt::format("option {} is not above 0", name)));
  }
  return static_cast<std::uint64_t>(value);
}

}  // namespace

Result<Hl7Options> Hl7Options::parse(const Options& options) {
  Hl7Options parsed;
  parsed.storage_path = options.text("storage_path");
  if (parsed.storage_path.empty()) {
    return std::unexpected(Error::user("option storage_path is empty", "give the folder that holds the HL7 v2 files"));
  }
  while (parsed.storage_path.size() > 1 && parsed.storage_path.ends_with('/')) {
    parsed.storage_path.pop_back();
  }
  parsed.file_pattern = options.find("file_pattern").value_or("*.hl7");
  LAKEFLOW_ASSIGN(const auto recursive, options.boolean("recursive"));
  parsed.recursive = recursive.value_or(false);

  const bool is_streaming = options.text("mode") == "streaming";
  const std::string_view limit = is_streaming ? "max_files_per_trigger" : "batch_size";
  LAKEFLOW_ASSIGN(const auto files, options.integer(limit));
  LAKEFLOW_ASSIGN(parsed.files_a_read, positive(limit, files.value_or(is_streaming ? kFilesOfATrigger : kFilesOfABatch)));
  LAKEFLOW_ASSIGN(const auto bytes, options.bytes("max_bytes_per_trigger"));
  if (bytes) {
    LAKEFLOW_ASSIGN(parsed.bytes_a_read, positive("max_bytes_per_trigger", *bytes));
  }
  LAKEFLOW_ASSIGN(const auto quiet, options.duration_seconds("file_quiet_seconds"));
  parsed.quiet_seconds = quiet.value_or(kQuietSeconds);
  parsed.reads_rewritten = options.text("on_rewrite") == "read";

  if (const auto zone = options.find("default_time_zone")) {
    auto found = TimeZone::find(*zone);
    if (!found) {
      return std::unexpected(found.error().at("option default_time_zone"));
    }
    parsed.default_time_zone = *std::move(found);
  }
  parsed.default_character_set = options.text("default_character_set");
  if (!parsed.default_character_set.empty() && !CharacterSet::find(parsed.default_character_set)) {
    return std::unexpected(
        Error::user(fmt::format("option default_character_set names no character set that is known: {}", parsed.default_character_set),
                    "give a name of HL7 table 0211, such as 8859/1"));
  }
  return parsed;
}

}  // namespace lakeflow::hl7v2
