#pragma once

#include <span>
#include <string>

namespace lakeflow::hl7v2 {

// Decodes the messages, as one batch, with the decoder and with the plain one. Returns what differs first, empty where nothing does;
// a batch that Arrow's own checks refuse differs, too.
std::string first_difference(std::span<const std::string> messages);

}  // namespace lakeflow::hl7v2
