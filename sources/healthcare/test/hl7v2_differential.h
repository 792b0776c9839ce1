#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sources/healthcare/hl7v2/tables/decoder.h"

namespace lakeflow::hl7v2 {

// Holds the decoder against the plain one, on the tables of the segments of these names.
class Differential {
 public:
  explicit Differential(std::vector<std::string> segments);

  // Decodes the messages, as one batch, with both. Returns what differs first, empty where nothing does; a batch that Arrow's own
  // checks refuse differs, too.
  std::string first_difference(std::span<const std::string> messages);

 private:
  std::vector<std::string> segments_;
  std::unique_ptr<Hl7Decoder> decoder_;
};

}  // namespace lakeflow::hl7v2
