#pragma once

#include <optional>
#include <string>

namespace lakeflow {

// What a file was called before it was compressed in its place: "adt.hl7" for "adt.hl7.gz" and "adt.hl7.zst". Nothing for other names.
std::optional<std::string> uncompressed_name(const std::string& path);

}  // namespace lakeflow
