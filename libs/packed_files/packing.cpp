#include "libs/packed_files/packing.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace lakeflow {
namespace {

using namespace std::string_view_literals;

struct Magic {
  std::string_view bytes;
  Packing packing;
  std::string_view name;
};

constexpr std::array kMagics = {
    Magic{"\x1F\x8B\x08"sv, Packing::kGzip, "gzip"},
    Magic{"\x28\xB5\x2F\xFD"sv, Packing::kZstd, "zstd"},
    Magic{"PK\x03\x04"sv, Packing::kZip, "zip"},
    Magic{"PK\x05\x06"sv, Packing::kZip, "zip"},
    Magic{"PK\x07\x08PK\x03\x04"sv, Packing::kZip, "zip"},
    Magic{"BZh"sv, Packing::kUnknown, "bzip2"},
    Magic{"\xFD"
          "7zXZ\0"sv,
          Packing::kUnknown, "xz"},
    Magic{"7z\xBC\xAF\x27\x1C"sv, Packing::kUnknown, "7z"},
    Magic{"\x04\x22\x4D\x18"sv, Packing::kUnknown, "lz4"},
    Magic{"Rar!\x1A\x07"sv, Packing::kUnknown, "rar"},
    Magic{"\x1F\x9D"sv, Packing::kUnknown, "compress"},
};

// A header of POSIX.1-2001 pax, "ustar Interchange Format": the sum of its bytes, the field of the sum taken as blanks, stands in octal at
// 148. No text of messages comes by it.
bool is_tar_header(std::span<const char> block) {
  constexpr std::size_t kSumAt = 148;
  constexpr std::size_t kSumBytes = 8;
  if (block.size() < kPackingBytes || block[0] == '\0') {
    return false;
  }
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < kPackingBytes; ++i) {
    sum += i >= kSumAt && i < kSumAt + kSumBytes ? std::uint32_t{' '} : static_cast<unsigned char>(block[i]);
  }
  std::uint32_t stated = 0;
  bool has_digit = false;
  for (const char c : block.subspan(kSumAt, kSumBytes)) {
    if (c >= '0' && c <= '7') {
      stated = stated * 8 + static_cast<std::uint32_t>(c - '0');
      has_digit = true;
    } else if (has_digit) {
      break;
    }
  }
  return has_digit && stated == sum;
}

std::optional<Magic> find_magic(std::span<const char> first_bytes) {
  const std::string_view bytes(first_bytes.data(), first_bytes.size());
  const auto found = std::ranges::find_if(kMagics, [&](const Magic& magic) { return bytes.starts_with(magic.bytes); });
  // A skippable frame may stand before a zstd frame (RFC 8878 §3.1.2).
  if (found == kMagics.end() && bytes.size() >= 4 && (static_cast<unsigned char>(bytes[0]) & 0xF0U) == 0x50U &&
      bytes.substr(1).starts_with("\x2A\x4D\x18"sv)) {
    return Magic{{}, Packing::kZstd, "zstd"};
  }
  return found == kMagics.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

Packing find_packing(std::span<const char> first_bytes) {
  if (const auto magic = find_magic(first_bytes)) {
    return magic->packing;
  }
  return is_tar_header(first_bytes) ? Packing::kTar : Packing::kPlain;
}

std::string_view packing_name(std::span<const char> first_bytes) {
  if (const auto magic = find_magic(first_bytes)) {
    return magic->name;
  }
  return is_tar_header(first_bytes) ? "tar" : "plain";
}

}  // namespace lakeflow
