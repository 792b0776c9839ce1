#include "simulator/api/api_description.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "simulator/api/description_section_internal.h"
#include "simulator/api/listing_description_internal.h"

namespace lakeflow {
namespace {

Result<ApiAccess> read_access(const DescriptionSection& access) {
  ApiAccess made;
  if (access.members().size() != 1) {
    return access.place().user_error("auth must have one key", "write one of bearer, basic, api_key and oauth2");
  }
  if (const auto& [way, value] = access.members().front(); value.IsNull()) {
    return access.place().user_error(fmt::format("{} has no value", way.Scalar()),
                                     "write one, such as bearer: made-up-token or basic: {user: reader, password: made-up}");
  }
  if (access.has("bearer")) {
    made.by = ApiAccess::By::kBearer;
    LAKEFLOW_ASSIGN(made.secret, access.required_text("bearer"));
    return made;
  }
  if (access.has("basic")) {
    static const std::vector<std::string> known = {"user", "password"};
    LAKEFLOW_ASSIGN(const DescriptionSection basic, access.section("basic", known));
    made.by = ApiAccess::By::kBasic;
    LAKEFLOW_ASSIGN(made.name, basic.required_text("user"));
    LAKEFLOW_ASSIGN(made.secret, basic.required_text("password"));
    return made;
  }
  if (access.has("api_key")) {
    static const std::vector<std::string> known = {"header", "parameter", "value"};
    LAKEFLOW_ASSIGN(const DescriptionSection key, access.section("api_key", known));
    const bool in_header = key.has("header");
    if (in_header == key.has("parameter")) {
      return key.place().user_error("api_key needs a header or a parameter, and not both");
    }
    made.by = in_header ? ApiAccess::By::kKeyHeader : ApiAccess::By::kKeyParameter;
    LAKEFLOW_ASSIGN(made.name, key.required_text(in_header ? "header" : "parameter"));
    LAKEFLOW_ASSIGN(made.secret, key.required_text("value"));
    return made;
  }
  static const std::vector<std::string> known = {"token_path", "client_id", "client_secret", "expires_after_seconds", "expires_after_requests"};
  LAKEFLOW_ASSIGN(const DescriptionSection oauth2, access.section("oauth2", known));
  made.by = ApiAccess::By::kOauth2;
  LAKEFLOW_ASSIGN(made.name, oauth2.required_text("client_id"));
  LAKEFLOW_ASSIGN(made.secret, oauth2.required_text("client_secret"));
  LAKEFLOW_ASSIGN(made.token_path, oauth2.path("token_path", "/oauth/token"));
  LAKEFLOW_ASSIGN(made.expires_after_seconds, oauth2.number("expires_after_seconds", 3600, 1e9));
  LAKEFLOW_ASSIGN(made.expires_after_requests, oauth2.count("expires_after_requests", 0));
  return made;
}

Result<ApiRateLimit> read_rate_limit(const DescriptionSection& section) {
  ApiRateLimit made;
  LAKEFLOW_ASSIGN(made.requests, section.count("requests", 0));
  LAKEFLOW_ASSIGN(made.seconds, section.number("seconds", 1, 86400));
  LAKEFLOW_ASSIGN(const std::string form, section.choice("retry_after", "seconds", {"seconds", "date"}));
  made.retry_after_date = form == "date";
  if (made.requests == 0 || made.seconds <= 0) {
    return section.place().user_error("rate_limit needs requests and seconds above zero", "write rate_limit: {requests: 10, seconds: 1}");
  }
  return made;
}

Result<RecordSource> read_records(const DescriptionSection& section, const std::filesystem::path& folder) {
  RecordSource made;
  LAKEFLOW_ASSIGN(const std::optional<std::string> file, section.text("file"));
  LAKEFLOW_ASSIGN(made.at, section.text_or("at", ""));
  LAKEFLOW_ASSIGN(made.from_future, section.count("from_future", 0));
  if (file.has_value() == section.has("generate")) {
    return section.place().user_error("records come from a file or are generated", "write either file: or generate:");
  }
  if (file) {
    made.file = folder / *file;
    if (!std::filesystem::is_regular_file(made.file)) {
      return section.place_of("file").user_error(fmt::format("there is no file {}", made.file.string()));
    }
    return made;
  }
  static const std::vector<std::string> known = {"count", "fields"};
  LAKEFLOW_ASSIGN(const DescriptionSection generate, section.section("generate", known));
  LAKEFLOW_ASSIGN(made.count, generate.count("count", 100));
  LAKEFLOW_ASSIGN(made.fields, read_generated_fields(generate));
  return made;
}

Result<DeletesFeed> read_deletes(const DescriptionSection& section, const std::string& key, TimeFormat format) {
  DeletesFeed made;
  LAKEFLOW_ASSIGN(made.time_field, section.text_or("time_field", "deleted_at"));
  LAKEFLOW_ASSIGN(made.listing, read_listing(section, {.time_field = made.time_field, .format = format}));
  const std::vector<std::string> fields = {key, made.time_field};
  for (const FieldMention& mention : made.listing.mentions) {
    if (std::ranges::find(fields, mention.field) == fields.end()) {
      return no_such_field(mention, "the feed of deletes", fields);
    }
  }
  return made;
}

Result<ApiEndpoint> read_endpoint(std::string name, const DescriptionSection& section, const std::filesystem::path& folder) {
  ApiEndpoint made;
  made.name = std::move(name);
  LAKEFLOW_ASSIGN(made.key, section.text_or("key", "id"));
  if (section.has("modified")) {
    static const std::vector<std::string> known = {"field", "format"};
    LAKEFLOW_ASSIGN(const DescriptionSection modified, section.section("modified", known));
    LAKEFLOW_ASSIGN(made.modified, modified.required_text("field"));
    LAKEFLOW_ASSIGN(made.modified_format, modified.time_format("format", TimeFormat::kIso));
  }
  static const std::vector<std::string> known_of_records = {"file", "at", "generate", "from_future"};
  LAKEFLOW_ASSIGN(const DescriptionSection records, section.section("records", known_of_records));
  LAKEFLOW_ASSIGN(made.records, read_records(records, folder));
  if (made.records.from_future > 0 && made.modified.empty()) {
    return records.place_of("from_future")
        .user_error("records from the future need a time of change", "name its field: modified: {field: updated_at}");
  }
  LAKEFLOW_ASSIGN(made.listing, read_listing(section, {.time_field = made.modified, .format = made.modified_format}));
  if (!made.modified.empty()) {
    made.listing.mentions.push_back({.field = made.modified, .role = "modified", .place = section.place_of("modified").text()});
  }
  if (section.has("record_path")) {
    LAKEFLOW_ASSIGN(made.record_path, section.path("record_path", ""));
    if (made.record_path.empty() || made.record_path.back() != fmt::format("{{{}}}", made.key)) {
      return section.place_of("record_path").user_error(fmt::format("record_path must end with the key, {{{}}}", made.key));
    }
  }
  if (section.has("deletes")) {
    std::vector<std::string> known = listing_keys();
    known.emplace_back("time_field");
    LAKEFLOW_ASSIGN(const DescriptionSection deletes, section.section("deletes", known));
    LAKEFLOW_ASSIGN(made.deletes, read_deletes(deletes, made.key, made.modified_format));
  }
  LAKEFLOW_ASSIGN(made.parent, section.text_or("parent", ""));
  LAKEFLOW_ASSIGN(made.moves_parent, section.flag("moves_parent", false));
  LAKEFLOW_ASSIGN(made.writable, section.flag("writable", false));
  if (made.writable && made.record_path.empty()) {
    return section.place_of("writable")
        .user_error("what is writable needs record_path, for PUT and DELETE", fmt::format("write record_path: …/{{{}}}", made.key));
  }
  return made;
}

Status check_parents(const ApiDescription& description, const DescriptionSection& endpoints) {
  std::vector<std::string> names;
  for (const ApiEndpoint& endpoint : description.endpoints) {
    names.push_back(endpoint.name);
  }
  for (const ApiEndpoint& endpoint : description.endpoints) {
    if (endpoint.parent.empty() && endpoint.moves_parent) {
      return endpoints.place_of(endpoint.name).user_error(fmt::format("{} moves its parent, and has none", endpoint.name), "write parent: orders");
    }
    if (endpoint.parent.empty()) {
      continue;
    }
    if (std::ranges::find(names, endpoint.parent) == names.end()) {
      const auto nearest = nearest_name(endpoint.parent, names);
      return endpoints.place_of(endpoint.name)
          .user_error(fmt::format("the parent {} of {} is no endpoint", endpoint.parent, endpoint.name),
                      nearest ? fmt::format("did you mean {}?", *nearest) : "name one of the endpoints");
    }
    if (std::ranges::none_of(endpoint.listing.path, [](const std::string& part) { return part.starts_with('{'); })) {
      return endpoints.place_of(endpoint.name)
          .user_error(fmt::format("{} has a parent, but its path names no field of it", endpoint.name), "write path: /orders/{order_id}/items");
    }
    if (endpoint.moves_parent && std::ranges::find(description.endpoints, endpoint.parent, &ApiEndpoint::name)->modified.empty()) {
      return endpoints.place_of(endpoint.name)
          .user_error(fmt::format("{} moves its parent, which has no time of change", endpoint.name), "write modified: {field: updated_at} there");
    }
  }
  return {};
}

Result<ApiDescription> read_document(const YAML::Node& document, const std::filesystem::path& file, std::string_view file_name) {
  static const std::vector<std::string> known = {"base_path", "https", "unknown_parameters", "auth", "rate_limit", "faults", "endpoints"};
  LAKEFLOW_ASSIGN(const DescriptionSection top, DescriptionSection::open(document, "the description", file_name, known));
  ApiDescription made;
  made.file = file;
  LAKEFLOW_ASSIGN(made.base_path, top.path("base_path", ""));
  LAKEFLOW_ASSIGN(made.https, top.flag("https", false));
  LAKEFLOW_ASSIGN(const std::string unknown, top.choice("unknown_parameters", "refuse", {"refuse", "ignore"}));
  made.strict = unknown == "refuse";
  if (top.has("auth")) {
    static const std::vector<std::string> ways = {"bearer", "basic", "api_key", "oauth2"};
    LAKEFLOW_ASSIGN(const DescriptionSection access, top.section("auth", ways));
    LAKEFLOW_ASSIGN(made.access, read_access(access));
  }
  if (top.has("rate_limit")) {
    static const std::vector<std::string> keys = {"requests", "seconds", "retry_after"};
    LAKEFLOW_ASSIGN(const DescriptionSection limit, top.section("rate_limit", keys));
    LAKEFLOW_ASSIGN(made.rate_limit, read_rate_limit(limit));
  }
  LAKEFLOW_ASSIGN(made.faults, top.texts("faults"));
  LAKEFLOW_ASSIGN(const DescriptionSection endpoints, top.section("endpoints", {}));
  std::vector<std::string> keys = listing_keys();
  for (const char* key : {"records", "key", "modified", "record_path", "deletes", "parent", "moves_parent", "writable"}) {
    keys.emplace_back(key);
  }
  for (const auto& [name, node] : endpoints.members()) {
    LAKEFLOW_ASSIGN(const DescriptionSection endpoint, DescriptionSection::open(node, fmt::format("endpoint {}", name.Scalar()), file_name, keys));
    LAKEFLOW_ASSIGN(ApiEndpoint read, read_endpoint(name.Scalar(), endpoint, file.parent_path()));
    made.endpoints.push_back(std::move(read));
  }
  if (made.endpoints.empty()) {
    return endpoints.place().user_error("the description has no endpoint");
  }
  LAKEFLOW_TRY(check_parents(made, endpoints));
  return made;
}

}  // namespace

Result<ApiDescription> read_api_description(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) {
    return std::unexpected(Error::user(fmt::format("{} can't be read", file.string()), "docs/simulator.md shows how a source is described"));
  }
  const std::string file_name = file.string();
  try {
    return read_document(YAML::Load(text.str()), file, file_name);
  } catch (const YAML::Exception& exception) {
    return YamlPlace(file_name, exception.mark).user_error(fmt::format("this is no YAML: {}", exception.msg));
  }
}

}  // namespace lakeflow
