#include "simulator/fhir/bundle_entries.h"

#include <simdjson.h>

namespace lakeflow {
namespace {

namespace ondemand = simdjson::ondemand;

void read_text(ondemand::value value, std::string& into) {
  std::string_view text;
  if (value.get_string().get(text) == simdjson::SUCCESS) {
    into = text;
  }
}

// Calls read(name, value) for each member; false where the value is no object or a member can't be read.
template <typename Read>
bool for_each_member(ondemand::value value, Read&& read) {
  ondemand::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) {
    return false;
  }
  for (auto member : object) {
    ondemand::field field;
    if (std::move(member).get(field) != simdjson::SUCCESS) {
      return false;
    }
    read(std::string_view(field.escaped_key()), field.value());
  }
  return true;
}

bool read_entry(ondemand::value value, BundleEntry& entry) {
  bool parts_well = true;
  const bool well = for_each_member(value, [&](std::string_view name, ondemand::value member) {
    if (name == "fullUrl") {
      read_text(member, entry.full_url);
    } else if (name == "resource") {
      std::string_view raw;
      parts_well &= member.raw_json().get(raw) == simdjson::SUCCESS;
      entry.resource = raw;
    } else if (name == "request") {
      parts_well &= for_each_member(member, [&](std::string_view part, ondemand::value text) {
        if (part == "method") read_text(text, entry.method);
        if (part == "url") read_text(text, entry.url);
        if (part == "ifMatch") read_text(text, entry.if_match);
        entry.conditional |= part == "ifNoneExist" || part == "ifNoneMatch" || part == "ifModifiedSince";
      });
    }
  });
  return well && parts_well;
}

bool read_entries(ondemand::value value, std::vector<BundleEntry>& entries) {
  ondemand::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) {
    return false;
  }
  for (auto element : array) {
    ondemand::value entry;
    if (std::move(element).get(entry) != simdjson::SUCCESS || !read_entry(entry, entries.emplace_back())) {
      return false;
    }
  }
  return true;
}

}  // namespace

Granted<BundleEntries> read_bundle_entries(std::string_view json) {
  const simdjson::padded_string text(json);
  ondemand::parser parser;
  ondemand::document document;
  ondemand::value root;
  BundleEntries bundle;
  std::string resource_type;
  bool entries_well = true;
  const bool well = parser.iterate(text).get(document) == simdjson::SUCCESS && document.get_value().get(root) == simdjson::SUCCESS &&
                    for_each_member(root, [&](std::string_view name, ondemand::value member) {
                      if (name == "resourceType") read_text(member, resource_type);
                      if (name == "type") read_text(member, bundle.type);
                      if (name == "entry") entries_well &= read_entries(member, bundle.entries);
                    });
  if (!well || !entries_well || resource_type != "Bundle") {
    return refuse(400, "structure", "the body is no Bundle, or one of its entries is no object");
  }
  return bundle;
}

}  // namespace lakeflow
