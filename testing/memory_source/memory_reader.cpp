#include "testing/memory_source/memory_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <string>
#include <utility>

namespace lakeflow {
namespace {

// Records that share one buffer, laid one after the other.
class RecordBuffer {
 public:
  void add(const MemoryEntry& entry, std::uint64_t place) {
    if (!entry.filtered.empty()) {
      ++raw_.filtered[entry.filtered];
      raw_.bytes_read += entry.json.size();
      return;
    }
    const RawRecord record{.bytes = {}, .operation = entry.operation, .origin = 0, .position = place};
    if (entry.broken.empty()) {
      spans_.push_back({.broken = false, .start = bytes_->size(), .size = entry.json.size()});
      raw_.records.push_back(record);
    } else {
      spans_.push_back({.broken = true, .start = bytes_->size(), .size = entry.json.size()});
      raw_.broken.push_back({.record = record, .reason = entry.broken, .detail = fmt::format("place {}", place)});
    }
    *bytes_ += entry.json;
  }

  RawRecords take(const std::string& origin) {
    raw_.bytes_read += bytes_->size();
    bytes_->append(kPadding, '\0');
    auto record = raw_.records.begin();
    auto broken = raw_.broken.begin();
    for (const Span& span : spans_) {
      (span.broken ? (broken++)->record : *record++).bytes = std::string_view(*bytes_).substr(span.start, span.size);
    }
    raw_.origins.push_back(origin);
    raw_.buffer = bytes_;
    return std::move(raw_);
  }

 private:
  struct Span {
    bool broken = false;
    std::size_t start = 0;
    std::size_t size = 0;
  };
  std::shared_ptr<std::string> bytes_ = std::make_shared<std::string>();
  std::vector<Span> spans_;
  RawRecords raw_;
};

class MemoryReader final : public RecordReader {
 public:
  MemoryReader(std::shared_ptr<MemorySystem> system, const MemoryTable& table, MemoryView view, std::uint64_t start, const ReadContext& context)
      : system_(std::move(system)),
        table_(table),
        view_(view),
        behaviour_(system_->behaviour(table.name)),
        start_(start),
        place_(start),
        stated_(start),
        stop_(context.stop) {}

  // A snapshot's rows are chosen when it is opened.
  void choose_snapshot() {
    std::map<std::uint64_t, std::uint64_t> last;  // key to place
    const std::uint64_t length = system_->length();
    for (std::uint64_t place = 0; place < length; ++place) {
      const MemoryEntry entry = system_->entry(table_, place);
      if (entry.bad) {
        chosen_.push_back(place);
      } else if (entry.operation == Operation::kDelete) {
        last.erase(entry.key);
      } else {
        last[entry.key] = place;
      }
    }
    for (const auto& [key, place] : last) {
      chosen_.push_back(place);
    }
  }

  Result<std::variant<RawRecords, End>> next() override {
    system_->called();
    const std::uint64_t length = view_ == MemoryView::kSnapshot ? chosen_.size() : system_->length();
    if (place_ >= length) {
      ended_ = true;
      return view_ == MemoryView::kSnapshot ? End::kComplete : End::kCaughtUp;
    }
    if (behaviour_.limit != 0 && place_ - start_ >= behaviour_.limit) {
      ended_ = true;
      return End::kLimit;
    }
    std::uint64_t end = std::min(length, place_ + behaviour_.records_per_call);
    if (behaviour_.limit != 0) {
      end = std::min(end, start_ + behaviour_.limit);
    }
    for (const auto& obstacle : {behaviour_.fail_at, behaviour_.hang_at, behaviour_.wait_at}) {
      if (obstacle && *obstacle >= place_) {
        end = std::min(end, std::max(*obstacle, place_));
      }
    }
    if (end == place_) {
      return stumble();
    }
    RecordBuffer buffer;
    for (; place_ < end; ++place_) {
      const std::uint64_t in_log = view_ == MemoryView::kSnapshot ? chosen_[place_] : place_;
      const MemoryEntry entry = system_->entry(table_, in_log);
      const bool is_delete = entry.operation == Operation::kDelete;
      if ((view_ == MemoryView::kUpserts && is_delete) || (view_ == MemoryView::kDeletes && !is_delete)) {
        continue;
      }
      buffer.add(entry, in_log);
    }
    return buffer.take(fmt::format("memory:{}", table_.pass_group.empty() ? table_.name : table_.pass_group));
  }

  std::optional<Offset> offset() const override {
    if (view_ == MemoryView::kSnapshot && !(ended_ && place_ < chosen_.size())) {
      return std::nullopt;  // but where it stopped at a limit
    }
    if (!ended_ && place_ % behaviour_.records_per_offset != 0) {
      return std::nullopt;
    }
    return Offset(
        fmt::format(R"({{"place":{}{}}})", place_,
                    behaviour_.offset_padding == 0 ? std::string() : fmt::format(R"(,"x":"{}")", std::string(behaviour_.offset_padding, 'x'))));
  }

  StateDelta state_delta() override {
    StateDelta delta;
    if (behaviour_.records_per_state == 0 || view_ == MemoryView::kSnapshot || view_ == MemoryView::kDeletes) {
      return delta;
    }
    for (; stated_ < place_; ++stated_) {
      if (stated_ % behaviour_.records_per_state == 0) {
        delta.entries.emplace_back(fmt::format("file/{:012}", stated_), fmt::format("{}", stated_));
      }
    }
    return delta;
  }

  // The keyed state must be that of all places before the start: not more, not less.
  Status check_state(const StateLookup& state) const {
    if (behaviour_.records_per_state == 0 || view_ == MemoryView::kSnapshot || view_ == MemoryView::kDeletes) {
      return {};
    }
    std::uint64_t expected = 0;
    LAKEFLOW_TRY(state.scan("file/", [&](std::string_view key, std::string_view value) -> Status {
      if (key != fmt::format("file/{:012}", expected) || value != std::to_string(expected)) {
        return std::unexpected(Error::internal(fmt::format("keyed state {} where that of place {} is due", key, expected)));
      }
      expected += behaviour_.records_per_state;
      return {};
    }));
    const std::uint64_t due = (start_ + behaviour_.records_per_state - 1) / behaviour_.records_per_state * behaviour_.records_per_state;
    if (expected != due) {
      return std::unexpected(Error::internal(fmt::format("keyed state up to place {} at an offset of place {}", expected, start_)));
    }
    return {};
  }

 private:
  Result<std::variant<RawRecords, End>> stumble() {
    if (behaviour_.fail_at == place_) {
      return std::unexpected(Error::source(fmt::format("GET memory:{} answered 500", table_.name)));
    }
    if (behaviour_.hang_at == place_) {
      system_->hang();
      return std::unexpected(Error::interrupted("released"));
    }
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any stopped;
    stopped.wait(lock, stop_, [] { return false; });
    return std::unexpected(Error::interrupted("stopped while it waited"));
  }

  const std::shared_ptr<MemorySystem> system_;
  const MemoryTable table_;
  const MemoryView view_;
  const MemoryBehaviour behaviour_;
  const std::uint64_t start_;
  std::uint64_t place_;   // of the log, or in chosen_
  std::uint64_t stated_;  // keyed state was handed out up to here
  const std::stop_token stop_;
  std::vector<std::uint64_t> chosen_;
  bool ended_ = false;
};

std::optional<std::uint64_t> parse_place(const Offset& offset) {
  constexpr std::string_view kBegin = R"({"place":)";
  if (offset.is_start()) {
    return 0;
  }
  std::uint64_t place = 0;
  const std::string& json = offset.json();
  if (!json.starts_with(kBegin) || std::from_chars(json.data() + kBegin.size(), json.data() + json.size(), place).ec != std::errc()) {
    return std::nullopt;
  }
  return place;
}

}  // namespace

Result<std::unique_ptr<RecordReader>> open_memory_reader(std::shared_ptr<MemorySystem> system, const MemoryTable& table, MemoryView view,
                                                         const Offset& start, const ReadContext& context) {
  if (auto error = system->behaviour(table.name).open_error) {
    return std::unexpected(*std::move(error));
  }
  const std::optional<std::uint64_t> place = parse_place(start);
  if (!place) {
    return std::unexpected(Error::internal("this is no offset of a memory source"));
  }
  auto reader = std::make_unique<MemoryReader>(std::move(system), table, view, *place, context);
  if (context.state != nullptr) {
    LAKEFLOW_TRY(reader->check_state(*context.state));
  }
  if (view == MemoryView::kSnapshot) {
    reader->choose_snapshot();
  }
  return reader;
}

}  // namespace lakeflow
