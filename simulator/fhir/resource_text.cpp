#include "simulator/fhir/resource_text.h"

#include <algorithm>

#include <fmt/format.h>
#include <simdjson.h>
#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "simulator/fhir/resource_types.h"

namespace lakeflow {
namespace {

namespace ondemand = simdjson::ondemand;

// The lazy parser below does not look into what it skips: this one looks at every byte.
bool is_json(const simdjson::padded_string& text) {
  simdjson::dom::parser parser;
  const auto failure = parser.parse(text).error();
  // Integers beyond 64 bits are good JSON, and servers keep them.
  const bool only_big = failure == simdjson::BIGINT_ERROR || failure == simdjson::NUMBER_ERROR;
  return failure == simdjson::SUCCESS || (only_big && nlohmann::json::accept(std::string_view(text)));
}

// Reads an outline, in one pass over the top level and one over meta.
class Outliner {
 public:
  explicit Outliner(std::string_view json) : text_(json) {}

  Granted<ResourceOutline> read() {
    ondemand::document document;
    ondemand::object object;
    if (!is_json(text_) || parser_.iterate(text_).get(document) != simdjson::SUCCESS || document.get_object().get(object) != simdjson::SUCCESS) {
      return refuse(400, "structure", "the body is no JSON object");
    }
    for (auto member : object) {
      ondemand::field field;
      if (std::move(member).get(field) != simdjson::SUCCESS || !read_member(field)) {
        return refuse(422, "value", "resourceType, id or meta is there twice, or has a value that can't be one");
      }
    }
    if (outline_.type.empty()) {
      return refuse(400, "required", "the body has no resourceType");
    }
    if (!is_fhir_resource_type(outline_.type)) {
      return refuse(400, "value", "the resourceType is none of FHIR R4");
    }
    return std::move(outline_);
  }

 private:
  // Where a part of the text begins.
  std::size_t position(std::string_view part) const { return static_cast<std::size_t>(part.data() - text_.data()); }

  // A value as it stands in the text, without the white space behind it.
  std::optional<TextSpan> span_of(ondemand::value value) const {
    std::string_view raw;
    if (value.raw_json().get(raw) != simdjson::SUCCESS) {
      return std::nullopt;
    }
    const std::size_t last = raw.find_last_not_of(" \t\r\n");
    return last == std::string_view::npos ? std::nullopt : std::optional(TextSpan{position(raw), position(raw) + last + 1});
  }

  // A value that must be a string, once.
  bool read_string(ondemand::value value, std::string& into, std::optional<TextSpan>* span = nullptr) const {
    const std::string_view token = value.raw_json_token();
    std::string_view text;
    if (!into.empty() || value.get_string().get(text) != simdjson::SUCCESS || text.empty()) {
      return false;
    }
    into = text;
    if (span != nullptr) {
      *span = TextSpan{position(token), position(token) + token.find_last_of('"') + 1};
    }
    return true;
  }

  bool read_member(ondemand::field& field) {
    const std::string_view name = field.escaped_key();
    if (name == "resourceType") {
      std::optional<TextSpan> span;
      const bool read = read_string(field.value(), outline_.type, &span);
      outline_.type_value = span.value_or(TextSpan{});
      return read;
    }
    if (name == "id") {
      return read_string(field.value(), outline_.id, &outline_.id_value) && is_fhir_id(outline_.id);
    }
    if (name == "meta") {
      return !outline_.meta_value && read_meta(field.value());
    }
    return true;
  }

  bool read_meta(ondemand::value value) {
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) {
      return false;
    }
    std::string_view whole;
    if (object.raw_json().get(whole) != simdjson::SUCCESS) {
      return false;
    }
    outline_.meta_value = TextSpan{position(whole), position(whole) + whole.find_last_of('}') + 1};
    if (object.reset().error() != simdjson::SUCCESS) {
      return false;
    }
    for (auto member : object) {
      ondemand::field field;
      if (std::move(member).get(field) != simdjson::SUCCESS || !read_meta_member(field)) {
        return false;
      }
    }
    return true;
  }

  bool read_meta_member(ondemand::field& field) {
    const std::string_view name = field.escaped_key();
    if (name == "versionId") {
      return read_string(field.value(), outline_.version_id);
    }
    if (name == "lastUpdated") {
      return read_string(field.value(), outline_.last_updated);
    }
    const auto span = span_of(field.value());
    if (span) {
      outline_.other_meta_members.push_back({position(name) - 1, span->end});
    }
    return span.has_value();
  }

  simdjson::padded_string text_;
  ondemand::parser parser_;
  ResourceOutline outline_;
};

std::string meta_text(std::string_view json, const ResourceOutline& outline, std::uint64_t version, std::optional<std::string_view> last_updated) {
  std::string meta = fmt::format(R"({{"versionId":"{}")", version);
  if (last_updated) {
    meta += fmt::format(R"(,"lastUpdated":"{}")", *last_updated);
  }
  for (const TextSpan& member : outline.other_meta_members) {
    meta += ',';
    meta += json.substr(member.begin, member.end - member.begin);
  }
  return meta + '}';
}

}  // namespace

Granted<ResourceOutline> outline_resource(std::string_view json) { return Outliner(json).read(); }

bool is_fhir_id(std::string_view text) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
  return !text.empty() && std::ranges::all_of(text, allowed);
}

std::string stamp_resource(std::string_view json, const ResourceOutline& outline, std::string_view id, std::uint64_t version,
                           std::optional<std::string_view> last_updated) {
  struct Edit {
    TextSpan place;
    std::string text;
  };
  const std::string quoted_id = fmt::format(R"("{}")", id);
  const std::string meta = meta_text(json, outline, version, last_updated);
  const TextSpan behind_type{outline.type_value.end, outline.type_value.end};
  const Edit id_edit = outline.id_value ? Edit{*outline.id_value, quoted_id} : Edit{behind_type, R"(,"id":)" + quoted_id};
  const TextSpan behind_id{id_edit.place.end, id_edit.place.end};
  const Edit meta_edit = outline.meta_value ? Edit{*outline.meta_value, meta} : Edit{behind_id, R"(,"meta":)" + meta};
  const bool meta_first = meta_edit.place.begin < id_edit.place.begin;

  std::string stamped;
  stamped.reserve(json.size() + 128);
  std::size_t done = 0;
  for (const Edit* edit : {meta_first ? &meta_edit : &id_edit, meta_first ? &id_edit : &meta_edit}) {
    stamped += json.substr(done, edit->place.begin - done);
    stamped += edit->text;
    done = edit->place.end;
  }
  stamped += json.substr(done);
  return stamped;
}

std::string replace_references(std::string_view json, const std::unordered_map<std::string, std::string>& references) {
  constexpr std::string_view kBegin = "\"urn:";
  std::string replaced;
  std::size_t done = 0;
  for (auto at = json.find(kBegin); at != std::string_view::npos; at = json.find(kBegin, at + 1)) {
    const auto end = json.find('"', at + 1);
    if (end == std::string_view::npos) {
      break;
    }
    const auto found = references.find(std::string(json.substr(at + 1, end - at - 1)));
    if (found != references.end()) {
      replaced += json.substr(done, at + 1 - done);
      replaced += found->second;
      done = end;
    }
  }
  replaced += json.substr(done);
  return replaced;
}

}  // namespace lakeflow
