#include "destinations/parquet/commit_json.h"

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/dictionary.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/type.h>
#include <arrow/util/base64.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "base/arrow_error.h"
#include "base/utf8.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kBase64 = "base64";

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    if (!next.valid) return false;
    text.remove_prefix(next.bytes);
  }
  return true;
}

// Names of files and values of state are bytes; as text they can be read by people.
Json bytes_json(const std::string& bytes) {
  if (is_utf8(bytes)) return bytes;
  return {{kBase64, arrow::util::base64_encode(bytes)}};
}

// Throws, as nlohmann's own accessors do, where the text is none.
std::string decode_base64(const std::string& text) {
  arrow::Result<std::string> bytes = arrow::util::base64_decode(text);
  if (!bytes.ok()) throw std::invalid_argument("no base64");
  return *std::move(bytes);
}

std::string bytes_of(const Json& json) {
  return json.is_string() ? json.get<std::string>() : decode_base64(json.at(kBase64).get_ref<const std::string&>());
}

// Arrow's own serialized form, which keeps every type exactly.
Result<std::string> schema_text(const arrow::Schema& schema) {
  LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::Buffer> buffer, from_arrow(arrow::ipc::SerializeSchema(schema)));
  return arrow::util::base64_encode(buffer->ToString());
}

Result<std::shared_ptr<arrow::Schema>> schema_of(const std::string& text) {
  const std::shared_ptr<arrow::Buffer> buffer = arrow::Buffer::FromString(decode_base64(text));
  arrow::io::BufferReader reader(buffer);
  arrow::ipc::DictionaryMemo memo;
  return from_arrow(arrow::ipc::ReadSchema(&reader, &memo));
}

Json file_json(const LakeFile& file) {
  return {{"file", bytes_json(file.name)}, {"rows", file.rows}, {"bytes", file.bytes}, {"written_at", file.written_at}};
}

LakeFile file_of(const Json& json) {
  return {.name = bytes_of(json.at("file")),
          .rows = json.at("rows").get<std::uint64_t>(),
          .bytes = json.at("bytes").get<std::uint64_t>(),
          .written_at = json.at("written_at").get<TimestampMicros>()};
}

Json owner_json(const StateOwner& owner) {
  return {{"pipeline", bytes_json(owner.pipeline)},
          {"source_table", bytes_json(owner.source_table)},
          {"destination_table", bytes_json(owner.destination_table)}};
}

StateOwner owner_of(const Json& json) {
  return {bytes_of(json.at("pipeline")), bytes_of(json.at("source_table")), bytes_of(json.at("destination_table"))};
}

Json names_json(const std::vector<std::string>& names) {
  Json list = Json::array();
  for (const std::string& name : names) list.push_back(bytes_json(name));
  return list;
}

std::vector<std::string> names_of(const Json& json) {
  std::vector<std::string> names;
  for (const Json& name : json) names.push_back(bytes_of(name));
  return names;
}

Result<Json> table_json(const TableChange& change) {
  Json json = {{"schema", bytes_json(change.table.schema)}, {"table", bytes_json(change.table.table)}};
  if (change.removed) json["removed"] = true;
  if (!change.removed_files.empty()) json["removed_files"] = names_json(change.removed_files);
  if (change.schema) {
    LAKEFLOW_ASSIGN(json["columns"], schema_text(*change.schema));
    json["uniform"] = change.uniform;
  }
  if (change.partition_by) json["partition_by"] = names_json(*change.partition_by);
  for (const LakeFile& file : change.staged) json["staged"].push_back(file_json(file));
  for (const auto& [staged, file] : change.published) {
    Json published = file_json(file);
    if (!staged.empty()) published["staged"] = bytes_json(staged);
    json["published"].push_back(std::move(published));
  }
  if (!change.built_folder.empty()) json["built_folder"] = bytes_json(change.built_folder);
  if (!change.dropped.empty()) json["dropped"] = names_json(change.dropped);
  return json;
}

Result<TableChange> table_of(const Json& json) {
  TableChange change;
  change.table = {bytes_of(json.at("schema")), bytes_of(json.at("table"))};
  change.removed = json.value("removed", false);
  if (json.contains("removed_files")) change.removed_files = names_of(json["removed_files"]);
  if (json.contains("columns")) {
    LAKEFLOW_ASSIGN(change.schema, schema_of(json["columns"].get_ref<const std::string&>()));
    change.uniform = json.at("uniform").get<bool>();
  }
  if (json.contains("partition_by")) change.partition_by = names_of(json["partition_by"]);
  if (json.contains("staged")) {
    for (const Json& file : json["staged"]) change.staged.push_back(file_of(file));
  }
  if (json.contains("published")) {
    for (const Json& file : json["published"]) {
      change.published.emplace_back(file.contains("staged") ? bytes_of(file["staged"]) : std::string(), file_of(file));
    }
  }
  if (json.contains("built_folder")) change.built_folder = bytes_of(json["built_folder"]);
  if (json.contains("dropped")) change.dropped = names_of(json["dropped"]);
  return change;
}

// The entries of an owner stand together under it.
Json state_json(const std::vector<StateChangeEntry>& entries) {
  Json owners = Json::array();
  const StateOwner* owner = nullptr;
  for (const StateChangeEntry& entry : entries) {
    if (owner == nullptr || *owner != entry.owner) {
      Json json = owner_json(entry.owner);
      json["entries"] = Json::array();
      owners.push_back(std::move(json));
      owner = &entry.owner;
    }
    owners.back()["entries"].push_back({bytes_json(entry.name), entry.value ? bytes_json(*entry.value) : Json(), entry.updated_at});
  }
  return owners;
}

void add_state(const Json& owner, std::vector<StateChangeEntry>& entries) {
  const StateOwner name = owner_of(owner);
  for (const Json& entry : owner.at("entries")) {
    entries.push_back({name, bytes_of(entry.at(0)), entry.at(1).is_null() ? std::nullopt : std::optional(bytes_of(entry.at(1))),
                       entry.at(2).get<TimestampMicros>()});
  }
}

Error damaged(std::string_view file) {
  return Error::destination(fmt::format("{} is damaged", file),
                            "Restore the lake's folder _lakeflow from a backup, or ingest into a new lake: what is missing is read from the source "
                            "again; the tables' own Parquet files can be read as they are");
}

Result<LakeCommit> commit_of(const Json& json, std::string_view file) {
  if (json.at("version").get<int>() > kLakeVersion) {
    return std::unexpected(Error::destination(
        fmt::format("{} was written by a newer lakeflow: it has version {}, this program knows {}", file, json["version"].get<int>(), kLakeVersion),
        "Upgrade lakeflow, or choose another destination path; nothing was changed"));
  }
  LakeCommit commit;
  commit.number = json.at("number").get<std::uint64_t>();
  commit.committed_at = json.at("committed_at").get<TimestampMicros>();
  for (const Json& table : json.at("tables")) {
    LAKEFLOW_ASSIGN(TableChange change, table_of(table));
    commit.tables.push_back(std::move(change));
  }
  for (const Json& owner : json.at("forgotten")) commit.forgotten.push_back(owner_of(owner));
  for (const Json& owner : json.at("state")) add_state(owner, commit.state);
  return commit;
}

}  // namespace

Result<std::string> to_json(const LakeCommit& commit) {
  Json json = {{"version", kLakeVersion}, {"number", commit.number}, {"committed_at", commit.committed_at}};
  json["tables"] = Json::array();
  for (const TableChange& change : commit.tables) {
    LAKEFLOW_ASSIGN(Json table, table_json(change));
    json["tables"].push_back(std::move(table));
  }
  json["forgotten"] = Json::array();
  for (const StateOwner& owner : commit.forgotten) json["forgotten"].push_back(owner_json(owner));
  json["state"] = state_json(commit.state);
  return json.dump() + "\n";
}

Result<LakeCommit> parse_commit(std::string_view text, std::string_view file) {
  try {
    return commit_of(Json::parse(text), file);
  } catch (const std::exception&) {
    return std::unexpected(damaged(file));
  }
}

}  // namespace lakeflow
