#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace lakeflow::fhir {

// Why an entry is in the answer to a search (http://hl7.org/fhir/search-entry-mode).
enum class SearchMode { kUnsaid, kMatch, kInclude, kOutcome };

struct BundleEntry {
  std::string_view bytes;     // of the whole entry, as it came
  std::string_view resource;  // of the resource, as it came; empty where the entry has none, or has several
  SearchMode mode = SearchMode::kUnsaid;
  std::string resource_type;
  std::string id;
  std::string version_id;    // meta.versionId
  std::string last_updated;  // meta.lastUpdated

  // Of a history (FHIR R4 §3.1.0.12): what made this version, as the server tells of it.
  std::string full_url;
  std::string method;         // request.method: PUT, POST, DELETE …
  std::string request_url;    // request.url: "Patient/7", "Patient/7/_history/2"
  std::string status;         // response.status
  std::string etag;           // response.etag: W/"2"
  std::string last_modified;  // response.lastModified
};

// What a FHIR server answered, split but not converted. `entries` and the links are a Bundle's, `issues` an OperationOutcome's.
struct Answer {
  std::string resource_type;
  std::vector<BundleEntry> entries;
  std::string self_link;
  std::string next_link;
  std::optional<std::uint64_t> total;  // of the whole search, where the server counts
  // "error/processing": severities and codes of an OperationOutcome. Its texts may hold patients' data and are left out.
  std::vector<std::string> issues;
};

// Splits answers with simdjson, without a copy of the resources. Used by one thread at a time.
class AnswerParser {
 public:
  AnswerParser();
  ~AnswerParser();
  AnswerParser(const AnswerParser&) = delete;
  AnswerParser& operator=(const AnswerParser&) = delete;

  // The views of the answer point into `json`, which must be followed by 64 readable bytes. A data error where the text is no JSON
  // object, or breaks off; what lies inside a resource is not checked beyond its brackets.
  Result<Answer> parse(std::string_view json);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

// "error/login, error/processing", for messages; empty where there is none.
std::string issues_text(const Answer& answer);

}  // namespace lakeflow::fhir
