#include "simulator/fhir/bundle_text.h"

#include <utility>

#include <fmt/format.h>

#include "base/json_text.h"
#include "simulator/http/server_clock.h"

namespace lakeflow {
namespace {

std::string_view method_name(WriteMethod method) {
  switch (method) {
    case WriteMethod::kPost: return "POST";
    case WriteMethod::kPut: return "PUT";
    case WriteMethod::kDelete: return "DELETE";
  }
  return "";
}

std::string in_quotes(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

}  // namespace

std::string entity_tag(const ResourceVersion& version) { return fmt::format(R"(W/"{}")", version.version); }

std::string status_line(int status) {
  switch (status) {
    case 200: return "200 OK";
    case 201: return "201 Created";
    case 204: return "204 No Content";
    case 404: return "404 Not Found";
    case 410: return "410 Gone";
    case 412: return "412 Precondition Failed";
    default: return std::to_string(status);
  }
}

BundleText::BundleText(std::string_view type, std::string_view base_url, TimestampMicros now, std::optional<std::uint64_t> total,
                       const std::vector<BundleLink>& links)
    : base_url_(base_url) {
  text_ = fmt::format(R"({{"resourceType":"Bundle","meta":{{"lastUpdated":"{}"}},"type":"{}")", format_instant(now), type);
  if (total) {
    text_ += fmt::format(R"(,"total":{})", *total);
  }
  std::string separator = R"(,"link":[)";
  for (const BundleLink& link : links) {
    text_ += separator + fmt::format(R"({{"relation":"{}","url":{}}})", link.relation, in_quotes(link.url));
    separator = ",";
  }
  if (!links.empty()) {
    text_ += ']';
  }
}

void BundleText::begin_entry() {
  text_ += has_entries_ ? ",{" : R"(,"entry":[{)";
  has_entries_ = true;
}

void BundleText::add_full_url(const ResourceVersion& version) {
  text_ += fmt::format(R"("fullUrl":{})", in_quotes(fmt::format("{}/{}/{}", base_url_, version.type, version.id)));
}

void BundleText::add_match(const ResourceVersion& version, std::string_view text) {
  begin_entry();
  add_full_url(version);
  text_ += R"(,"resource":)";
  text_ += text;
  text_ += R"(,"search":{"mode":"match"}})";
}

void BundleText::add_beside(std::string_view mode, std::string_view resource) {
  begin_entry();
  text_ += fmt::format(R"("resource":{},"search":{{"mode":"{}"}}}})", resource, mode);
}

void BundleText::add_history(const ResourceVersion& version, bool bare_tombstone) {
  begin_entry();
  add_full_url(version);
  if (!version.deleted()) {
    text_ += R"(,"resource":)";
    text_ += version.text;
  }
  const std::string url = version.method == WriteMethod::kPost ? version.type : fmt::format("{}/{}", version.type, version.id);
  text_ += fmt::format(R"(,"request":{{"method":"{}","url":{}}})", method_name(version.method), in_quotes(url));
  if (!version.deleted() || !bare_tombstone) {
    const int status = version.deleted() ? 204 : version.created ? 201 : 200;
    text_ += fmt::format(R"(,"response":{{"status":"{}","etag":{},"lastModified":"{}"}})", status_line(status), in_quotes(entity_tag(version)),
                         format_instant(version.last_updated));
  }
  text_ += '}';
}

void BundleText::add_response(const FhirAnswer& answer) {
  begin_entry();
  if (answer.status < 400 && !answer.body.empty()) {
    text_ += fmt::format(R"("resource":{},)", answer.body);
  }
  text_ += fmt::format(R"("response":{{"status":"{}")", status_line(answer.status));
  if (const ResourceVersion* version = answer.version) {
    text_ += fmt::format(R"(,"location":{},"etag":{},"lastModified":"{}")",
                         in_quotes(fmt::format("{}/{}/_history/{}", version->type, version->id, version->version)), in_quotes(entity_tag(*version)),
                         format_instant(version->last_updated));
  }
  if (answer.status >= 400) {
    text_ += fmt::format(R"(,"outcome":{})", answer.body);
  }
  text_ += "}}";
}

std::string BundleText::finish() && {
  text_ += has_entries_ ? "]}" : "}";
  return std::move(text_);
}

}  // namespace lakeflow
