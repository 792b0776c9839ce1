#include "libs/packed_files/unpack.h"

#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "libs/packed_files/compressed_stream.h"
#include "libs/packed_files/packing.h"
#include "libs/packed_files/stream_reader.h"

namespace lakeflow {
namespace {

// Stands for what can't be read.
class ClosedFile final : public FileReader {
 public:
  ClosedFile(std::unique_ptr<FileReader> file, Damage damage) : file_(std::move(file)), damage_(std::move(damage)) {}
  Result<FileIdentity> identity() override { return file_->identity(); }
  bool is_packed() const override { return true; }
  std::optional<Damage> damage() const override { return damage_; }
  Result<std::size_t> read(std::uint64_t, std::span<char>) override { return 0; }

 private:
  const std::unique_ptr<FileReader> file_;
  const Damage damage_;
};

struct Look {
  Packing packing = Packing::kPlain;
  std::string name;
};

Result<Look> look_at(FileReader& file) {
  std::array<char, kPackingBytes> first{};
  LAKEFLOW_ASSIGN(const std::size_t count, file.read(0, first));
  const auto bytes = std::span<const char>(first).first(count);
  return Look{find_packing(bytes), std::string(packing_name(bytes))};
}

}  // namespace

Result<Unpacked> unpack(std::unique_ptr<FileReader> file, Archives archives, UnpackLimits limits) {
  LAKEFLOW_ASSIGN(Look look, look_at(*file));
  std::string outer;
  if (look.packing == Packing::kGzip || look.packing == Packing::kZstd) {
    outer = look.name;
    auto stream = look.packing == Packing::kGzip ? gzip_stream(std::move(file), limits) : zstd_stream(std::move(file), limits);
    file = std::make_unique<StreamReader>(std::move(stream));
    LAKEFLOW_ASSIGN(look, look_at(*file));
  }
  const bool is_archive = look.packing == Packing::kZip || look.packing == Packing::kTar;
  if (look.packing == Packing::kPlain) {
    return Unpacked{.text = std::move(file), .archive = nullptr};
  }
  if (is_archive && archives == Archives::kOpen) {
    return Unpacked{.text = nullptr, .archive = Archive::make(std::move(file), look.packing, limits)};
  }
  Damage damage = is_archive ? Damage{"nested_archive", fmt::format("its content is itself an archive ({})", look.name)}
                  : outer.empty()
                      ? Damage{"unknown_packing", fmt::format("its content is compressed as {}, which is not read", look.name)}
                      : Damage{"unknown_packing", fmt::format("its content is compressed twice ({} in {}), which is not read", look.name, outer)};
  return Unpacked{.text = std::make_unique<ClosedFile>(std::move(file), std::move(damage)), .archive = nullptr};
}

}  // namespace lakeflow
