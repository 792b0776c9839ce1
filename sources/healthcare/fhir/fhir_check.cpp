#include "sources/healthcare/fhir/fhir_check.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sources/healthcare/fhir/fhir_scope.h"

namespace lakeflow {
namespace {

using Json = nlohmann::json;

// Members of a document that may be anything.
Json member(const Json& object, const char* name) { return object.is_object() && object.contains(name) ? object.at(name) : Json(); }

std::string text_of(const Json& object, const char* name) {
  const Json value = member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

CheckFinding failed(std::string subject, const Error& error) { return {false, std::move(subject), error.message(), error.next_step()}; }

struct SearchSupport {
  bool searchable = false;
  bool by_last_updated = false;
};

SearchSupport search_support(const Json& capability, const std::string& type) {
  SearchSupport support;
  for (const Json& rest : member(capability, "rest")) {
    for (const Json& resource : member(rest, "resource")) {
      if (text_of(resource, "type") != type) {
        continue;
      }
      for (const Json& interaction : member(resource, "interaction")) {
        support.searchable = support.searchable || text_of(interaction, "code") == "search-type";
      }
      for (const Json& parameter : member(resource, "searchParam")) {
        support.by_last_updated = support.by_last_updated || text_of(parameter, "name") == "_lastUpdated";
      }
    }
    for (const Json& parameter : member(rest, "searchParam")) {
      support.by_last_updated = support.by_last_updated || text_of(parameter, "name") == "_lastUpdated";
    }
  }
  return support;
}

CheckFinding judge_capability(const Json& capability) {
  const std::string version = text_of(capability, "fhirVersion");
  const Json software = member(capability, "software");
  const std::string name = text_of(software, "name");
  const std::string what = fmt::format("{}{}{}, FHIR {}", name.empty() ? "unnamed software" : name, text_of(software, "version").empty() ? "" : " ",
                                       text_of(software, "version"), version.empty() ? "of no said version" : version);
  if (!version.starts_with("4.")) {
    return {false, "GET /metadata", what, "the tables are those of FHIR R4 (4.0.1): name the server's R4 base URL"};
  }
  return {true, "GET /metadata", what, ""};
}

CheckFinding judge_answer(const std::string& type, const SearchSupport& support, const Result<std::optional<FhirPage>>& page) {
  const std::string subject = fmt::format("GET /{}", type);
  if (!page) {
    return failed(subject, page.error());
  }
  if (!*page) {
    return {false, subject, "the server has no such resource type (404)", fmt::format("leave {} out of the pipeline", type)};
  }
  std::string message = "search answered";
  if (support.searchable) {
    message += support.by_last_updated ? ", declared with _lastUpdated" : ", declared without _lastUpdated";
  } else {
    message += ", though not declared";
  }
  return {true, subject, std::move(message), ""};
}

// What is known once the server was asked for the first time.
CheckFinding judge_token(const OAuthCredentials& oauth) {
  const std::optional<double> life = oauth.token_life();
  const std::optional<std::string> scope = oauth.granted_scope();
  return {true, "authorization",
          fmt::format("a token {}, {}", life ? fmt::format("for {:.0f} s", *life) : "for a time that was not said",
                      scope ? "scope " + shown_scope(*scope) : "of no said scope"),
          ""};
}

// A server may answer with nothing at all where it should refuse: a table would stay empty, and look whole.
CheckFinding judge_scope(CheckFinding finding, const OAuthCredentials& oauth, const std::string& type) {
  const std::optional<std::string> scope = oauth.granted_scope();
  if (scope && !scope_allows_search(*scope, type)) {
    return {false, finding.subject, fmt::format("the granted scope does not let {} be searched ({})", type, finding.message),
            fmt::format("let the client have system/{0}.rs (SMART 2) or system/{0}.read on the authorization server, and name it in scope", type)};
  }
  return finding;
}

}  // namespace

Result<std::vector<CheckFinding>> check_fhir_server(FhirServer& server, std::span<const std::string> resource_types, const std::stop_token& stop) {
  std::vector<CheckFinding> findings;
  Result<HttpResponse> metadata = server.get(server.base_url() + "/metadata", stop);
  if (!metadata) {
    if (metadata.error().kind() == ErrorKind::kInterrupted) {
      return std::unexpected(std::move(metadata).error());
    }
    findings.push_back(failed("GET /metadata", metadata.error()));
    return findings;
  }
  if (metadata->status != 200) {
    findings.push_back(failed("GET /metadata", status_error(*metadata)));
    return findings;
  }
  const Json capability = Json::parse(metadata->body, nullptr, false);
  if (text_of(capability, "resourceType") != "CapabilityStatement") {
    findings.push_back({false, "GET /metadata", "the answer is no CapabilityStatement", "is fhir_base_url the base of a FHIR server?"});
    return findings;
  }
  findings.push_back(judge_capability(capability));
  if (server.oauth() != nullptr) {
    findings.push_back(judge_token(*server.oauth()));
  }
  for (const std::string& type : resource_types) {
    const Result<std::optional<FhirPage>> page = server.get_bundle(fmt::format("{}/{}?_count=1", server.base_url(), type), stop);
    if (!page && page.error().kind() == ErrorKind::kInterrupted) {
      return std::unexpected(page.error());
    }
    CheckFinding finding = judge_answer(type, search_support(capability, type), page);
    findings.push_back(server.oauth() != nullptr ? judge_scope(std::move(finding), *server.oauth(), type) : std::move(finding));
  }
  return findings;
}

}  // namespace lakeflow
