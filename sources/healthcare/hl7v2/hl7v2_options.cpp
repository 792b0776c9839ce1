#include "sources/healthcare/hl7v2/hl7v2_options.h"

#include <fmt/format.h>

#include "libs/hl7v2/character_set.h"

namespace lakeflow::hl7v2 {
namespace {

constexpr std::int64_t kFilesOfABatch = 1000;
constexpr std::int64_t kFilesOfATrigger = 100;
constexpr std::int64_t kParallelObjects = 16;
constexpr std::int64_t kMostParallelFiles = 64;
constexpr double kQuietSeconds = 2;
constexpr std::int64_t kUnpackRatio = 200;
constexpr std::int64_t kRepeatMemory = 1'000'000;

Result<std::uint64_t> positive(std::string_view name, std::int64_t value) {
  if (value < 1) {
    return std::unexpected(Error::user(fmt::format("option {} is not above 0", name)));
  }
  return static_cast<std::uint64_t>(value);
}

Result<std::optional<ObjectStoreOptions>> parse_objects(const Options& options, const std::string& storage_path) {
  if (!is_object_url(storage_path)) {
    if (storage_path.find("://") != std::string::npos) {
      return std::unexpected(Error::user("option storage_path is a URL of a kind that is not known", "a folder, or s3://, gs:// or abfs://"));
    }
    for (const auto& [name, value] : options.values()) {
      // Those with a default are always there.
      if (name.starts_with("storage_") && name != "storage_path" && name != "storage_anonymous") {
        return std::unexpected(Error::user(fmt::format("option {} is one of object stores, and storage_path is a folder", name), "leave it away"));
      }
    }
    return std::optional<ObjectStoreOptions>();
  }
  LAKEFLOW_ASSIGN(ObjectStoreOptions objects, parse_object_url(storage_path));
  LAKEFLOW_ASSIGN(const auto is_anonymous, options.boolean("storage_anonymous"));
  objects.is_anonymous = is_anonymous.value_or(false);
  objects.endpoint = options.text("storage_endpoint");
  objects.ca_file = options.text("ca_file");
  objects.region = options.text("storage_region");
  objects.access_key_id = options.text("storage_access_key_id");
  objects.secret_access_key = options.text("storage_secret_access_key");
  objects.session_token = options.text("storage_session_token");
  objects.account = options.find("storage_account").value_or(objects.account);
  objects.account_key = options.text("storage_account_key");
  objects.sas_token = options.text("storage_sas_token");
  objects.service_account = options.text("storage_service_account");
  return std::optional(std::move(objects));
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
  LAKEFLOW_ASSIGN(parsed.objects, parse_objects(options, parsed.storage_path));
  LAKEFLOW_ASSIGN(const auto allow_http, options.boolean("allow_http"));
  parsed.allow_http = allow_http.value_or(false);
  parsed.file_pattern = options.find("file_pattern").value_or("*.hl7");
  LAKEFLOW_ASSIGN(const auto recursive, options.boolean("recursive"));
  parsed.recursive = recursive.value_or(false);

  LAKEFLOW_ASSIGN(const auto reads_packed, options.boolean("read_packed"));
  parsed.reads_packed = reads_packed.value_or(true);
  LAKEFLOW_ASSIGN(const auto ratio, options.integer("max_unpack_ratio"));
  LAKEFLOW_ASSIGN(parsed.unpack_limits.ratio, positive("max_unpack_ratio", ratio.value_or(kUnpackRatio)));

  const bool is_streaming = options.text("mode") == "streaming";
  const std::string_view limit = is_streaming ? "max_files_per_trigger" : "batch_size";
  LAKEFLOW_ASSIGN(const auto files, options.integer(limit));
  LAKEFLOW_ASSIGN(parsed.files_a_read, positive(limit, files.value_or(is_streaming ? kFilesOfATrigger : kFilesOfABatch)));
  LAKEFLOW_ASSIGN(const auto bytes, options.bytes("max_bytes_per_trigger"));
  if (bytes) {
    LAKEFLOW_ASSIGN(parsed.bytes_a_read, positive("max_bytes_per_trigger", *bytes));
  }
  LAKEFLOW_ASSIGN(const auto parallel, options.integer("parallel_files"));
  LAKEFLOW_ASSIGN(parsed.parallel_files, positive("parallel_files", parallel.value_or(parsed.objects ? kParallelObjects : 1)));
  if (parsed.parallel_files > kMostParallelFiles) {
    return std::unexpected(Error::user(fmt::format("option parallel_files is above {}", kMostParallelFiles)));
  }
  LAKEFLOW_ASSIGN(const auto quiet, options.duration_seconds("file_quiet_seconds"));
  parsed.quiet_seconds = quiet.value_or(kQuietSeconds);
  parsed.reads_rewritten = options.text("on_rewrite") == "read";

  LAKEFLOW_ASSIGN(const auto memory, options.integer("repeat_memory"));
  if (memory && *memory < 0) {
    return std::unexpected(Error::user("option repeat_memory is below 0", "0 compares messages with none"));
  }
  parsed.repeat_memory = static_cast<std::uint64_t>(memory.value_or(kRepeatMemory));

  if (const auto file = options.find("z_segments_file"); file && !file->empty()) {
    LAKEFLOW_ASSIGN(parsed.declared_segments, DeclaredSegments::load(*file));
  }

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
