#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/fhir/resource_store.h"

namespace lakeflow {

struct BundleLink {
  std::string relation;
  std::string url;
};

// A Bundle as text, written from its head to its last entry.
class BundleText {
 public:
  // type: "searchset", "history", "transaction-response", "batch-response". Absolute URLs of entries begin with the base.
  BundleText(std::string_view type, std::string_view base_url, TimestampMicros now, std::optional<std::uint64_t> total,
             const std::vector<BundleLink>& links);

  void add_match(const ResourceVersion& version, std::string_view text);
  // An entry that is no match: search.mode is "outcome" or "include".
  void add_beside(std::string_view mode, std::string_view resource);
  // With request and response; the tombstone of a deletion has no resource and, where it is bare, no response.
  void add_history(const ResourceVersion& version, bool bare_tombstone);
  // The response to an entry of a transaction or batch: with the answer's body as resource or, of a refusal, as outcome.
  void add_response(const FhirAnswer& answer);

  std::string finish() &&;

 private:
  void begin_entry();
  void add_full_url(const ResourceVersion& version);

  std::string base_url_;
  std::string text_;
  bool has_entries_ = false;
};

// "W/\"3\"" (FHIR R4 §3.1.0.1.3).
std::string entity_tag(const ResourceVersion& version);

// "201 Created".
std::string status_line(int status);

}  // namespace lakeflow
