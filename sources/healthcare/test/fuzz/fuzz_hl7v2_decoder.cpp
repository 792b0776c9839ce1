// libFuzzer: bytes as a file's, through splitter, tokenizer and decoder, into tables that Arrow checks whole. The first byte says
// where the bytes are cut, as a reader cuts a large file.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include <arrow/record_batch.h>

#include "base/buffer_pool.h"
#include "libs/hl7v2/message_splitter.h"
#include "sources/healthcare/hl7v2/tables/decoder.h"
#include "sources/healthcare/hl7v2/tables/table_catalog.h"

namespace lakeflow::hl7v2 {
namespace {

std::unique_ptr<Hl7Decoder> make_decoder() {
  std::vector<std::unique_ptr<TableRows>> tables;
  const auto pool = BufferPool::make();
  for (const char* name : {"oru_messages", "msh", "pid", "obx", "nte"}) {
    tables.push_back(make_table_rows(name, pool));
  }
  Hl7Options options;
  options.storage_path = "/folder";
  return std::make_unique<Hl7Decoder>(options, std::move(tables));
}

void decode(std::string_view bytes, std::size_t cut) {
  static const std::unique_ptr<Hl7Decoder> kDecoder = make_decoder();
  auto text = std::make_shared<std::string>(bytes);
  text->append(kPadding, '\0');
  const std::string_view all = std::string_view(*text).substr(0, bytes.size());
  MessageSplitter splitter;
  std::vector<Piece> pieces;
  splitter.split(all.substr(0, cut), cut == all.size(), pieces);
  if (cut < all.size()) {
    splitter.split(all.substr(static_cast<std::size_t>(splitter.state().position)), true, pieces);
  }
  if (splitter.state().position != all.size()) {
    std::abort();  // something was given out by nobody
  }
  RawRecords raw;
  raw.buffer = text;
  raw.origins = {"/folder/file.hl7"};
  for (const Piece& piece : pieces) {
    if (piece.kind == PieceKind::kMessage) {
      raw.records.push_back({.bytes = piece.bytes, .position = piece.position});
    }
  }
  const auto decoded = kDecoder->decode(raw);
  if (!decoded) {
    std::abort();
  }
  for (const DecodedTable& table : decoded->tables) {
    if (!table.rows->ValidateFull().ok() || static_cast<std::size_t>(table.rows->num_rows()) != table.records.size()) {
      std::abort();
    }
  }
}

}  // namespace
}  // namespace lakeflow::hl7v2

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0) {
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    lakeflow::hl7v2::decode(bytes, bytes.size() * data[0] / 255);
  }
  return 0;
}
