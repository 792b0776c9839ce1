// bench_hl7v2: how fast HL7 v2 text in memory becomes Arrow batches: splitting, decoding, rescue, rejects and provenance, all
// of it. The measure is a bare scan for delimiters of the same bytes. All take turns on one thread, so that a busy machine slows
// all alike; each batch is let go before the next one.

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <arrow/record_batch.h>
#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/buffer_pool.h"
#include "bench/hl7v2/delimiter_scan.h"
#include "bench/hl7v2/hospital_feed.h"
#include "bench/measurement/leaf_columns.h"
#include "bench/measurement/spent_time.h"
#include "libs/hl7v2/message_splitter.h"
#include "sources/healthcare/hl7v2/tables/decoder.h"
#include "sources/healthcare/hl7v2/tables/table_catalog.h"

namespace lakeflow::bench {
namespace {

// As the engine cuts batches for decoding.
constexpr std::size_t kBatchBytes = 4U << 20U;

struct Settings {
  std::size_t megabytes = 100;
  int rounds = 9;
  std::uint64_t seed = 1;
  std::vector<std::string> sets;
  std::string written_to;
  bool json = false;
};

struct TableSet {
  std::string name;
  std::vector<std::string> tables;
  double goal = 0;
  double first_goal = 0;
};

// The tables of all segments that occur in the text, and those of messages.
std::vector<TableSet> table_sets(std::string_view text) {
  std::set<std::string, std::less<>> occurring = {"msh"};
  for (std::size_t at = text.find('\r'); at != std::string_view::npos && at + 4 < text.size(); at = text.find('\r', at + 1)) {
    std::string name(text.substr(at + 1, 3));
    std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    occurring.insert(std::move(name));
  }
  std::vector<std::string> names = hl7v2::table_names();
  std::erase_if(names, [&](const std::string& name) { return !name.ends_with("_messages") && !occurring.contains(name); });
  std::vector<std::string> segments;
  std::vector<std::string> messages;
  for (const std::string& name : names) {
    (name.ends_with("_messages") ? messages : segments).push_back(name);
  }
  return {{"pid_obx", {"pid", "obx"}, 0.17, 0.10}, {"segments", segments, 0.12, 0.06}, {"messages", messages, 0.12, 0.06}};
}

struct Decoding {
  TableSet set;
  std::unique_ptr<hl7v2::Hl7Decoder> decoder;
  int leaves = 0;
  std::uint64_t rows = 0;
  std::uint64_t rescued = 0;
  Rounds rounds;
};

Result<Decoding> make_decoding(TableSet set) {
  Decoding decoding;
  std::vector<std::unique_ptr<hl7v2::TableRows>> tables;
  const auto pool = BufferPool::make();
  for (const std::string& name : set.tables) {
    auto rows = hl7v2::make_table_rows(name, pool);
    if (rows == nullptr) {
      return std::unexpected(Error::user("there is no table " + name));
    }
    decoding.leaves += leaf_columns(*rows->schema());
    tables.push_back(std::move(rows));
  }
  hl7v2::Hl7Options options;
  options.storage_path = "/feed";
  decoding.decoder = std::make_unique<hl7v2::Hl7Decoder>(options, std::move(tables));
  decoding.set = std::move(set);
  return decoding;
}

// Text to batches, each let go at once. Returns the messages that gave no row; an error where something was broken.
Status decode_all(const std::shared_ptr<const std::string>& text, Decoding& decoding) {
  decoding.rows = decoding.rescued = 0;
  hl7v2::MessageSplitter splitter;
  std::vector<hl7v2::Piece> pieces;
  const std::string_view all(text->data(), text->size() - kPadding);
  while (splitter.state().position < all.size()) {
    const std::size_t from = splitter.state().position;
    const std::string_view window = all.substr(from, kBatchBytes);
    pieces.clear();
    splitter.split(window, from + window.size() == all.size(), pieces);
    RawRecords raw;
    raw.buffer = text;
    raw.origins = {"/feed/day.hl7"};
    raw.records.reserve(pieces.size());
    for (const hl7v2::Piece& piece : pieces) {
      if (piece.kind != hl7v2::PieceKind::kMessage) {
        return std::unexpected(Error::internal("the feed has a broken message: " + std::string(piece.reason)));
      }
      raw.records.push_back({.bytes = piece.bytes, .position = piece.position});
    }
    LAKEFLOW_ASSIGN(const DecodedRecords decoded, decoding.decoder->decode(raw));
    if (!decoded.rejects.empty()) {
      return std::unexpected(Error::internal("the feed has a message that is rejected: " + decoded.rejects.front().reason));
    }
    for (const DecodedTable& table : decoded.tables) {
      decoding.rows += static_cast<std::uint64_t>(table.rows->num_rows());
      decoding.rescued += table.rescued == nullptr ? 0U : static_cast<std::uint64_t>(table.rescued->length() - table.rescued->null_count());
    }
  }
  return {};
}

std::uint64_t split_all(std::string_view all) {
  hl7v2::MessageSplitter splitter;
  std::vector<hl7v2::Piece> pieces;
  std::uint64_t messages = 0;
  while (splitter.state().position < all.size()) {
    const std::size_t from = splitter.state().position;
    const std::string_view window = all.substr(from, kBatchBytes);
    pieces.clear();
    splitter.split(window, from + window.size() == all.size(), pieces);
    messages += pieces.size();
  }
  return messages;
}

struct Speed {
  double median = 0;
  double maximum = 0;
};

Speed speed(double megabytes, const Rounds& rounds) {
  return {megabytes / median(rounds.processor), megabytes / *std::ranges::min_element(rounds.processor)};
}

Status measure(const Settings& settings) {
  auto text = std::make_shared<std::string>(hospital_feed(settings.megabytes * 1'000'000, settings.seed));
  if (!settings.written_to.empty()) {
    std::ofstream(settings.written_to, std::ios::binary) << *text;
  }
  const double megabytes = static_cast<double>(text->size()) / 1e6;
  text->append(kPadding, '\0');
  const std::string_view all(text->data(), text->size() - kPadding);

  std::vector<Decoding> decodings;
  for (TableSet& set : table_sets(all)) {
    if (settings.sets.empty() || std::ranges::find(settings.sets, set.name) != settings.sets.end()) {
      LAKEFLOW_ASSIGN(decodings.emplace_back(), make_decoding(std::move(set)));
    }
  }
  std::vector<std::uint32_t> positions;
  std::vector<char> copy(all.size());
  Rounds copying;
  Rounds scanning;
  Rounds locating;
  Rounds splitting;
  std::uint64_t delimiters = 0;
  std::uint64_t messages = 0;
  for (int round = -1; round < settings.rounds; ++round) {
    const SpentTime copied = spent_by([&] { std::memcpy(copy.data(), all.data(), all.size()); });
    const SpentTime scanned = spent_by([&] { delimiters = scan_delimiters(all); });
    const SpentTime located = spent_by([&] { delimiters = locate_delimiters(all, positions); });
    const SpentTime split = spent_by([&] { messages = split_all(all); });
    if (round >= 0) {  // the first one warms up
      copying.add(copied);
      scanning.add(scanned);
      locating.add(located);
      splitting.add(split);
    }
    for (Decoding& decoding : decodings) {
      Status decoded;
      const SpentTime spent = spent_by([&] { decoded = decode_all(text, decoding); });
      LAKEFLOW_TRY(decoded);
      if (round >= 0) {
        decoding.rounds.add(spent);
      }
    }
  }

  const auto show = [&](std::string_view name, const Rounds& rounds, std::string_view rest) {
    const Speed reached = speed(megabytes, rounds);
    const double to_copy = speed_ratio(copying.processor, rounds.processor);
    const double to_scan = speed_ratio(scanning.processor, rounds.processor);
    const double to_positions = speed_ratio(locating.processor, rounds.processor);
    if (settings.json) {
      fmt::print("{}\n", nlohmann::json({{"measured", "hl7v2"},
                                         {"work", name},
                                         {"megabytes_per_second", reached.median},
                                         {"megabytes_per_second_best", reached.maximum},
                                         {"ratio_memcpy", to_copy},
                                         {"ratio_scan", to_scan},
                                         {"ratio_positions", to_positions}})
                             .dump());
    } else {
      fmt::print("{:<26}{:>9.0f}{:>9.0f}{:>11.3f}{:>11.3f}{:>14.3f}  {}\n", name, reached.median, reached.maximum, to_copy, to_scan, to_positions,
                 rest);
    }
  };
  if (!settings.json) {
    fmt::print("{:.0f} MB, {} messages, a delimiter per {:.1f} bytes, {} rounds, one thread ({}); MB/s of processor time\n", megabytes, messages,
               static_cast<double>(all.size()) / static_cast<double>(delimiters), settings.rounds, scan_instructions());
    fmt::print("{:<26}{:>9}{:>9}{:>11}{:>11}{:>14}\n", "", "median", "best", "to memcpy", "to scan", "to positions");
  }
  show("memcpy", copying, "");
  show("delimiter scan", scanning, "");
  show("delimiter positions", locating,
       speed_ratio(copying.processor, locating.processor) >= 0.5 ? "" : "SLOWER than half of memcpy: a weak measure");
  show("split into messages", splitting, "");
  for (const Decoding& decoding : decodings) {
    const double ratio = speed_ratio(locating.processor, decoding.rounds.processor);
    show(decoding.set.name, decoding.rounds,
         fmt::format("{} tables, {} leaf columns, {} rows, {} rescued; goal {:.2f}, first {:.2f}: {}", decoding.set.tables.size(), decoding.leaves,
                     decoding.rows, decoding.rescued, decoding.set.goal, decoding.set.first_goal,
                     ratio >= decoding.set.goal         ? "met"
                     : ratio >= decoding.set.first_goal ? "first met"
                                                        : "MISSED"));
  }
  return {};
}

}  // namespace
}  // namespace lakeflow::bench

int main(int argc, char** argv) {
  lakeflow::bench::Settings settings;
  CLI::App app("Speed of HL7 v2 text in memory to Arrow batches, as a ratio to a bare scan for delimiters");
  app.add_option("--megabytes", settings.megabytes, "Size of the feed");
  app.add_option("--rounds", settings.rounds, "Rounds")->check(CLI::PositiveNumber);
  app.add_option("--seed", settings.seed, "Of the feed");
  app.add_option("--set", settings.sets, "pid_obx, segments or messages; all where none is named");
  app.add_option("--write", settings.written_to, "File that the feed is written to, for others to read");
  app.add_flag("--json", settings.json, "One JSON object a line");
  CLI11_PARSE(app, argc, argv);
  const lakeflow::Status measured = lakeflow::bench::measure(settings);
  if (!measured) {
    fmt::print(stderr, "bench_hl7v2: {}\n", measured.error().message());
    return lakeflow::exit_code(measured.error().kind());
  }
  return 0;
}
