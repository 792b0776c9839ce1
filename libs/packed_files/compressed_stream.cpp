#include "libs/packed_files/compressed_stream.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

namespace lakeflow {
namespace {

constexpr std::size_t kBlockBytes = 256 * 1024;

// What decompresses one member or frame after the other.
class Decompressor {
 public:
  virtual ~Decompressor() = default;

  enum class State {
    kBetween,   // no member or frame is open
    kOpen,      // one is
    kNoMember,  // where one should begin something else stands
    kBroken,    // see problem()
  };
  // Takes what it can of the input and gives out what fits; both spans shrink from their beginning.
  virtual State decompress(std::span<const char>& input, std::span<char>& output) = 0;
  virtual std::string_view problem() const = 0;
  virtual void reset() = 0;
};

class Inflater final : public Decompressor {
 public:
  Inflater() {
    constexpr int kGzipOnly = 15 + 16;
    is_ready_ = inflateInit2(&stream_, kGzipOnly) == Z_OK;
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() override {
    if (is_ready_) {
      inflateEnd(&stream_);
    }
  }

  State decompress(std::span<const char>& input, std::span<char>& output) override {
    if (!is_ready_) {
      return State::kBroken;
    }
    if (!is_open_) {
      // Only the first byte is looked at: inflate() judges the rest, also where a block of the input ends between.
      if (static_cast<unsigned char>(input.front()) != 0x1FU) {
        return State::kNoMember;
      }
      inflateReset(&stream_);
      is_open_ = true;
    }
    // zlib takes the input's address as one to write to, and does not write there.
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(input.data()));
    stream_.avail_in = static_cast<uInt>(input.size());
    const auto room = static_cast<uInt>(std::min<std::size_t>(output.size(), UINT32_MAX));
    stream_.next_out = reinterpret_cast<Bytef*>(output.data());
    stream_.avail_out = room;
    const int outcome = inflate(&stream_, Z_NO_FLUSH);
    input = input.last(stream_.avail_in);
    output = output.subspan(room - stream_.avail_out);
    if (outcome == Z_STREAM_END) {
      is_open_ = false;
      return State::kBetween;
    }
    return outcome == Z_OK || outcome == Z_BUF_ERROR ? State::kOpen : State::kBroken;
  }

  std::string_view problem() const override { return stream_.msg != nullptr ? stream_.msg : "zlib gave up"; }
  void reset() override { is_open_ = false; }

 private:
  z_stream stream_{};
  bool is_ready_ = false;
  bool is_open_ = false;
};

class ZstdDecompressor final : public Decompressor {
 public:
  ZstdDecompressor() : context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {}

  State decompress(std::span<const char>& input, std::span<char>& output) override {
    if (!is_open_ && input.front() == '\0') {
      return State::kNoMember;
    }
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    const std::size_t outcome = ZSTD_decompressStream(context_.get(), &out, &in);
    input = input.subspan(in.pos);
    output = output.subspan(out.pos);
    if (ZSTD_isError(outcome) != 0U) {
      problem_ = ZSTD_getErrorName(outcome);
      return !is_open_ && ZSTD_getErrorCode(outcome) == ZSTD_error_prefix_unknown ? State::kNoMember : State::kBroken;
    }
    is_open_ = outcome != 0;
    return is_open_ ? State::kOpen : State::kBetween;
  }

  std::string_view problem() const override { return problem_; }
  void reset() override {
    ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only);
    is_open_ = false;
  }

 private:
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context_;
  std::string_view problem_;
  bool is_open_ = false;
};

class CompressedStream final : public ByteStream {
 public:
  CompressedStream(std::unique_ptr<FileReader> file, std::unique_ptr<Decompressor> decompressor, std::string_view name, UnpackLimits limits)
      : file_(std::move(file)), decompressor_(std::move(decompressor)), name_(name), limits_(limits), block_(kBlockBytes) {}

  Result<std::size_t> read(std::span<char> buffer) override {
    std::span<char> left = buffer;
    while (!left.empty() && !has_ended_) {
      // Where the output was full before the input was empty the decompressor may hold more.
      if (input_.empty() && !(state_ == Decompressor::State::kOpen && was_full_)) {
        LAKEFLOW_ASSIGN(const bool has_more, refill());
        if (!has_more) {
          break;
        }
      }
      const std::size_t before = left.size();
      state_ = decompressor_->decompress(input_, left);
      unpacked_ += before - left.size();
      was_full_ = left.empty();
      judge();
    }
    return buffer.size() - left.size();
  }

  std::optional<Damage> damage() const override { return damage_; }
  Result<FileIdentity> identity() override { return file_->identity(); }

  Status restart() override {
    decompressor_->reset();
    state_ = Decompressor::State::kBetween;
    input_ = {};
    read_ = unpacked_ = 0;
    was_full_ = has_ended_ = false;
    damage_.reset();
    return {};
  }

 private:
  Result<bool> refill() {
    LAKEFLOW_ASSIGN(const std::size_t count, file_->read(read_, block_));
    input_ = std::span<const char>(block_).first(count);
    read_ += count;
    if (count > 0) {
      return true;
    }
    if (const auto inner = file_->damage()) {
      end_with(*inner);
    } else if (state_ == Decompressor::State::kOpen) {
      end_with({"truncated_file", fmt::format("the {} data ends after {} bytes, in the middle", name_, read_)});
    }
    has_ended_ = true;
    return false;
  }

  void judge() {
    if (state_ == Decompressor::State::kNoMember) {
      decompressor_->reset();
      const auto data = std::ranges::find_if(input_, [](char c) { return c != '\0'; });
      input_ = input_.subspan(static_cast<std::size_t>(data - input_.begin()));
      if (!input_.empty()) {
        end_with({"damaged_file", fmt::format("what follows the {} data at byte {} is no {} data", name_, position(), name_)});
      }
    } else if (state_ == Decompressor::State::kBroken) {
      end_with({"damaged_file", fmt::format("the {} data is damaged before byte {}: {}", name_, position(), decompressor_->problem())});
    } else if (!limits_.allows(position(), unpacked_)) {
      end_with({"unpacks_to_too_much",
                fmt::format("{} bytes of {} data give more than {} bytes, above the ratio of {}", position(), name_, unpacked_, limits_.ratio)});
    }
  }

  void end_with(Damage damage) {
    damage_ = std::move(damage);
    has_ended_ = true;
  }

  std::uint64_t position() const { return read_ - input_.size(); }

  const std::unique_ptr<FileReader> file_;
  const std::unique_ptr<Decompressor> decompressor_;
  const std::string_view name_;
  const UnpackLimits limits_;
  std::vector<char> block_;
  std::span<const char> input_;  // of the block, not yet decompressed
  std::uint64_t read_ = 0;       // of the file
  std::uint64_t unpacked_ = 0;
  Decompressor::State state_ = Decompressor::State::kBetween;
  bool was_full_ = false;
  bool has_ended_ = false;
  std::optional<Damage> damage_;
};

}  // namespace

std::unique_ptr<ByteStream> gzip_stream(std::unique_ptr<FileReader> file, UnpackLimits limits) {
  return std::make_unique<CompressedStream>(std::move(file), std::make_unique<Inflater>(), "gzip", limits);
}

std::unique_ptr<ByteStream> zstd_stream(std::unique_ptr<FileReader> file, UnpackLimits limits) {
  return std::make_unique<CompressedStream>(std::move(file), std::make_unique<ZstdDecompressor>(), "zstd", limits);
}

}  // namespace lakeflow
