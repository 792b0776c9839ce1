// What a reader keeps of what it has returned, while nobody else keeps it.

#include <malloc.h>

#include <algorithm>
#include <list>
#include <memory>

#include "testing/connector/check.h"

namespace lakeflow {
namespace {

constexpr std::size_t kBatchBytes = 256U << 10U;
// What a reader may hold at a time: a few pages under way, what it remembers of the rows, and what the allocator has not given back.
constexpr std::size_t kAllowed = 8U << 20U;
constexpr std::size_t kAllowedBatches = 16;

// Bytes that are allocated in the whole process.
std::size_t heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

// Another allocator (a sanitizer's) does not tell.
bool heap_is_told() {
  const std::size_t before = heap_bytes();
  const std::vector<char> probe(std::size_t{1} << 20U, 'x');
  return heap_bytes() >= before + probe.size();
}

// Buffers of batches that were let go.
class LetGo {
 public:
  void add(const RawRecords& raw) {
    std::size_t bytes = 0;
    for (const RawRecord& record : raw.records) {
      bytes += record.bytes.size();
    }
    buffers_.push_back({raw.buffer, bytes});
    total_ += bytes;
    largest_ = std::max(largest_, bytes);
  }
  // Of those that somebody still has.
  std::size_t kept() {
    std::erase_if(buffers_, [](const Buffer& buffer) { return buffer.memory.expired(); });
    std::size_t bytes = 0;
    for (const Buffer& buffer : buffers_) {
      bytes += buffer.bytes;
    }
    return bytes;
  }
  std::size_t total() const { return total_; }
  std::size_t largest() const { return largest_; }

 private:
  struct Buffer {
    std::weak_ptr<const void> memory;
    std::size_t bytes = 0;
  };
  std::list<Buffer> buffers_;
  std::size_t total_ = 0;
  std::size_t largest_ = 0;
};

Finding keeps_nothing_that_it_returned(TableTrial& trial) {
  const auto connector = trial.request().connect({});
  if (!connector) {
    return skipped("the connector can't be made: {}", connector.error().message());
  }
  ReadContext context;
  context.stop = trial.request().stop;
  context.log = &trial.log();
  context.batch_bytes = kBatchBytes;
  auto reader = open_reader(**connector, trial.table().request, false, trial.start(), context);
  if (!reader) {
    return skipped("the table can't be read in small batches: {}", reader.error().message());
  }
  LetGo let_go;
  std::size_t records = 0;
  std::size_t most_kept = 0;
  std::size_t heap_at_first = 0;
  std::size_t most_grown = 0;
  const std::size_t limit = trial.request().record_limit;
  while (limit == 0 || records < limit) {
    Result<std::variant<RawRecords, End>> step = (*reader)->next();
    if (!step) {
      // What is wrong there is for the checks of readings to find; nothing shows of the memory.
      return skipped("the table can't be read in small batches: {}", step.error().message());
    }
    if (std::holds_alternative<End>(*step)) {
      break;
    }
    {
      const RawRecords raw = std::get<RawRecords>(std::move(*step));
      records += raw.size();
      let_go.add(raw);
    }
    most_kept = std::max(most_kept, let_go.kept());
    const std::size_t heap = heap_bytes();
    heap_at_first = heap_at_first == 0 ? heap : heap_at_first;
    most_grown = std::max(most_grown, heap - std::min(heap, heap_at_first));
  }
  const std::size_t bound = kAllowed + kAllowedBatches * let_go.largest();
  if (let_go.total() < 2 * bound) {
    return skipped("the table has too little to tell: {} KB of records, of which {} KB may be held", let_go.total() >> 10U, bound >> 10U);
  }
  if (most_kept > bound || most_grown > bound) {
    return failed("of {} MB of records that were let go {} MB are still held, and the process has grown by {} MB; {} MB may be",
                  let_go.total() >> 20U, most_kept >> 20U, most_grown >> 20U, bound >> 20U);
  }
  return passed("of {} MB of records at most {} KB were held, and {}", let_go.total() >> 20U, most_kept >> 10U,
                heap_is_told() ? fmt::format("the process grew by {} KB at most", most_grown >> 10U) : "how the process grew can't be seen here");
}

}  // namespace

std::vector<TableCheckOf> memory_checks() {
  return {{"keeps_nothing_that_it_returned", "a process whose memory grows with the source",
           "let go of what was returned; what has to be known of it belongs into the keyed state", keeps_nothing_that_it_returned}};
}

}  // namespace lakeflow
