#include "simulator/fhir/resource_write.h"

#include <fmt/format.h>

#include "base/options.h"

namespace lakeflow {

Granted<ResourceWrite> prepare_write(WriteMethod method, std::string_view type, std::string id, std::string text) {
  auto outline = outline_resource(text);
  if (!outline) {
    return std::unexpected(outline.error());
  }
  if (outline->type != type) {
    return refuse(400, "invalid", fmt::format("the body is a {}, sent to {}", outline->type, type));
  }
  if (method == WriteMethod::kPut && outline->id != id) {
    return refuse(400, "invalid", "the id in the body is not the one in the URL");
  }
  return ResourceWrite{.method = method, .type = std::string(type), .id = std::move(id), .text = std::move(text), .outline = *std::move(outline)};
}

std::uint64_t parse_entity_tag(std::string_view tag) {
  if (tag.starts_with("W/")) {
    tag.remove_prefix(2);
  }
  if (tag.size() < 2 || tag.front() != '"' || tag.back() != '"') {
    return 0;
  }
  const auto version = parse_integer(tag.substr(1, tag.size() - 2));
  return version && *version > 0 ? static_cast<std::uint64_t>(*version) : 0;
}

}  // namespace lakeflow
