// libFuzzer: the messages of a file through the decoder and through the plain one. The first byte is not used, so that both fuzzers
// share a corpus.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "libs/hl7v2/message_splitter.h"
#include "sources/healthcare/test/hl7v2_differential.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  lakeflow::hl7v2::MessageSplitter splitter;
  std::vector<lakeflow::hl7v2::Piece> pieces;
  splitter.split(std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1), true, pieces);
  std::vector<std::string> messages;
  for (const lakeflow::hl7v2::Piece& piece : pieces) {
    if (piece.kind == lakeflow::hl7v2::PieceKind::kMessage) {
      messages.emplace_back(piece.bytes);
    }
  }
  // Few tables: a run for each of many inputs is worth more than many columns.
  static lakeflow::hl7v2::Differential differential({"MSH", "PID", "OBX", "NTE"});
  const std::string difference = differential.first_difference(messages);
  if (!difference.empty()) {
    std::fprintf(stderr, "%s\n", difference.c_str());
    std::abort();
  }
  return 0;
}
