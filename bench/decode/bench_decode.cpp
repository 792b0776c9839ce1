// bench_decode: how fast raw FHIR resources become Arrow batches, with raw_json and without, as a ratio to simdjson's bare DOM parse of the same
// bytes. The three take turns batch by batch on one thread, and in going first, so that a busy machine and cold caches slow all of them. Each
// document is parsed into a tree that nobody looks at; each batch is decoded and let go. Then, of some of the bytes, beside what else makes columns
// of JSON by a schema: DuckDB's read_ndjson and Arrow's reader, which is pyarrow.json's.

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include <arrow/array/array_binary.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <simdjson.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/decode/other_readers.h"
#include "bench/measurement/leaf_columns.h"
#include "bench/measurement/spent_time.h"
#include "bench/resources/resource_records.h"
#include "engine/decode/json_decoder.h"
#include "libs/fhir/resource_schema.h"

namespace lakeflow::bench {
namespace {

constexpr double kGoal = 0.6;
constexpr double kGoalOfRawJson = 0.25;

struct Settings {
  std::string folder;
  std::vector<std::string> types = {"Observation", "Patient", "Encounter", "Claim", "ExplanationOfBenefit"};
  int depth = fhir::kMaximumSchemaDepth;
  std::size_t megabytes = 64;
  int rounds = 15;
  int rounds_of_others = 5;
  bool json = false;
};

struct Measured {
  std::string type;
  int columns = 0;
  std::size_t rows = 0;
  std::size_t rescued = 0;  // rows with values that did not fit
  double parse = 0;         // MB/s of processor time
  double decode = 0;
  double decode_columns = 0;  // without raw_json
  double ratio = 0;
  double ratio_columns = 0;
  double wall_ratio = 0;
  double wall_ratio_columns = 0;

  // How much longer decoding takes with raw_json.
  double cost_of_raw_json() const { return ratio_columns / ratio - 1; }
};

Result<Measured> measure(const Settings& settings, const std::string& type) {
  LAKEFLOW_ASSIGN(const auto schema, fhir::resource_schema(type, {.depth = settings.depth}));
  LAKEFLOW_ASSIGN(const auto columns_alone, fhir::resource_schema(type, {.depth = settings.depth, .raw_json = false}));
  LAKEFLOW_ASSIGN(const auto batches, resource_records({.folder = settings.folder, .type = type, .bytes = settings.megabytes * 1'000'000}));
  LAKEFLOW_ASSIGN(const auto decoder, make_json_decoder(schema));
  LAKEFLOW_ASSIGN(const auto decoder_alone, make_json_decoder(columns_alone));

  simdjson::dom::parser parser;
  Measured measured{.type = type, .columns = leaf_columns(*schema)};
  std::size_t wrong = 0;
  const auto parse = [&](const RawRecords& batch) {
    for (const RawRecord& record : batch.records) {
      wrong += parser.parse(record.bytes.data(), record.bytes.size(), false).error() == simdjson::SUCCESS ? 0U : 1U;
    }
  };
  const auto decode = [&](Decoder& by, const RawRecords& batch) {
    const auto decoded = by.decode(batch);
    wrong += decoded ? decoded->rejects.size() : batch.records.size();
    if (decoded && &by == decoder.get()) {
      const DecodedTable& table = decoded->tables.front();
      measured.rows += static_cast<std::size_t>(table.rows->num_rows());
      measured.rescued += table.rescued == nullptr ? 0U : static_cast<std::size_t>(table.rescued->length() - table.rescued->null_count());
    }
  };

  double megabytes = 0;
  for (const RawRecords& batch : batches) {
    megabytes += static_cast<double>(batch.bytes_read) / 1e6;
  }
  constexpr int kTurns = 3;
  std::array<Rounds, kTurns> rounds;
  for (int round = -1; round < settings.rounds; ++round) {
    std::array<SpentTime, kTurns> spent;
    measured.rows = measured.rescued = 0;
    for (const RawRecords& batch : batches) {
      for (int turn = 0; turn < kTurns; ++turn) {
        const auto who = static_cast<std::size_t>((turn + round + kTurns) % kTurns);
        spent.at(who) += spent_by([&] { who == 0 ? parse(batch) : decode(who == 1 ? *decoder : *decoder_alone, batch); });
      }
    }
    for (std::size_t who = 0; round >= 0 && who < kTurns; ++who) {  // the first one warms up
      rounds.at(who).add(spent.at(who));
    }
  }
  if (wrong > 0) {
    return std::unexpected(Error::data(fmt::format("{} resources of type {} were not read", wrong, type)));
  }
  const auto& [parsing, decoding, decoding_alone] = rounds;
  measured.parse = megabytes / median(parsing.processor);
  measured.decode = megabytes / median(decoding.processor);
  measured.decode_columns = megabytes / median(decoding_alone.processor);
  measured.ratio = speed_ratio(parsing.processor, decoding.processor);
  measured.ratio_columns = speed_ratio(parsing.processor, decoding_alone.processor);
  measured.wall_ratio = speed_ratio(parsing.wall, decoding.wall);
  measured.wall_ratio_columns = speed_ratio(parsing.wall, decoding_alone.wall);
  return measured;
}

// The speed of the others on the first batches of a type, and how many times it the decoder's is on the same ones.
struct Beside {
  int columns = 0;  // that the others are given
  double megabytes = 0;
  double decode = 0;  // MB/s of processor time, with raw_json
  double duckdb = 0;
  double arrow = 0;
  double times_duckdb = 0;
  double times_arrow = 0;
};

// A file that goes when it is let go.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text) {
    std::string name = (std::filesystem::temp_directory_path() / "bench_decode_XXXXXX").string();
    ::close(::mkstemp(name.data()));
    path_ = name;
    std::ofstream(path_, std::ios::binary) << text;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::filesystem::remove(path_); }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

Result<Beside> measure_beside(const Settings& settings, const std::string& type) {
  constexpr std::size_t kBytes = 8'000'000;
  LAKEFLOW_ASSIGN(const auto schema, fhir::resource_schema(type, {.depth = settings.depth}));
  LAKEFLOW_ASSIGN(const auto batches, resource_records({.folder = settings.folder, .type = type, .bytes = kBytes}));
  LAKEFLOW_ASSIGN(const auto decoder, make_json_decoder(schema));
  std::string lines;
  std::size_t records = 0;
  for (const RawRecords& batch : batches) {
    for (const RawRecord& record : batch.records) {
      lines.append(record.bytes) += '\n';
    }
    records += batch.records.size();
  }
  const TemporaryFile file(lines);
  const auto plain = columns_of_plain_json(*schema);
  LAKEFLOW_ASSIGN(const auto duckdb, DuckDbReader::open(*plain, file.path()));
  const auto text = arrow::Buffer::FromString(lines);

  Result<std::size_t> rows = records;
  const auto decode = [&]() -> Result<std::size_t> {
    std::size_t decoded_rows = 0;
    for (const RawRecords& batch : batches) {
      LAKEFLOW_ASSIGN(const auto decoded, decoder->decode(batch));
      decoded_rows += static_cast<std::size_t>(decoded.tables.front().rows->num_rows());
    }
    return decoded_rows;
  };
  constexpr int kTurns = 3;
  std::array<Rounds, kTurns> rounds;
  for (int round = -1; round < settings.rounds_of_others; ++round) {
    for (std::size_t who = 0; who < kTurns && rows && *rows == records; ++who) {
      const SpentTime spent = spent_by([&] { rows = who == 0 ? decode() : who == 1 ? duckdb->read() : read_by_arrow(plain, text); });
      if (round >= 0) {  // the first one warms up
        rounds.at(who).add(spent);
      }
    }
  }
  if (!rows || *rows != records) {
    return std::unexpected(rows ? Error::data(fmt::format("{} of {} resources of type {} were read", *rows, records, type)) : rows.error());
  }
  const auto& [ours, by_duckdb, by_arrow] = rounds;
  const double megabytes = static_cast<double>(lines.size()) / 1e6;
  return Beside{.columns = leaf_columns(*plain),
                .megabytes = megabytes,
                .decode = megabytes / median(ours.processor),
                .duckdb = megabytes / median(by_duckdb.processor),
                .arrow = megabytes / median(by_arrow.processor),
                .times_duckdb = speed_ratio(by_duckdb.processor, ours.processor),
                .times_arrow = speed_ratio(by_arrow.processor, ours.processor)};
}

void print(const std::string& type, const Beside& beside, bool as_json) {
  if (as_json) {
    fmt::print("{}\n", nlohmann::json({{"measured", "decode_beside"},
                                       {"type", type},
                                       {"leaf_columns_of_others", beside.columns},
                                       {"megabytes", beside.megabytes},
                                       {"decode_megabytes_per_second", beside.decode},
                                       {"duckdb_read_ndjson_megabytes_per_second", beside.duckdb},
                                       {"pyarrow_json_megabytes_per_second", beside.arrow},
                                       {"times_duckdb_read_ndjson", beside.times_duckdb},
                                       {"times_pyarrow_json", beside.times_arrow}})
                           .dump());
  } else {
    fmt::print("{:<22}{:>8}{:>9.0f}{:>14.1f}{:>8.1f}{:>14.1f}{:>8.1f}\n", type, beside.columns, beside.decode, beside.duckdb, beside.times_duckdb,
               beside.arrow, beside.times_arrow);
  }
  std::fflush(stdout);
}

void print(const Measured& measured, bool as_json) {
  if (as_json) {
    fmt::print("{}\n", nlohmann::json({{"measured", "decode"},
                                       {"type", measured.type},
                                       {"leaf_columns", measured.columns},
                                       {"rows", measured.rows},
                                       {"rescued_rows", measured.rescued},
                                       {"dom_parse_megabytes_per_second", measured.parse},
                                       {"decode_megabytes_per_second", measured.decode},
                                       {"decode_without_raw_json_megabytes_per_second", measured.decode_columns},
                                       {"ratio_processor", measured.ratio},
                                       {"ratio_processor_without_raw_json", measured.ratio_columns},
                                       {"ratio_wall", measured.wall_ratio},
                                       {"ratio_wall_without_raw_json", measured.wall_ratio_columns},
                                       {"cost_of_raw_json", measured.cost_of_raw_json()}})
                           .dump());
  } else {
    fmt::print("{:<22}{:>8}{:>9}{:>9}{:>11.0f}{:>9.0f}{:>8.2f}{:>8.2f}{:>10.0f}{:>8.2f}{:>8.2f}{:>9.0f} %\n", measured.type, measured.columns,
               measured.rows, measured.rescued, measured.parse, measured.decode, measured.ratio, measured.wall_ratio, measured.decode_columns,
               measured.ratio_columns, measured.wall_ratio_columns, measured.cost_of_raw_json() * 100);
  }
  std::fflush(stdout);
}

int run(const Settings& settings) {
  if (!settings.json) {
    fmt::print("{} MB of each type, schemas of depth {}, median of {} rounds, one thread ({}); MB/s of processor time\n", settings.megabytes,
               settings.depth, settings.rounds, simdjson::get_active_implementation()->name());
    fmt::print("{:<22}{:>8}{:>9}{:>9}{:>11}{:>9}{:>8}{:>8}{:>10}{:>8}{:>8}{:>11}\n", "", "columns", "rows", "rescued", "DOM parse", "decode", "ratio",
               "wall", "no raw", "ratio", "wall", "raw costs");
  }
  double worst = 0;
  double dearest = 0;
  std::string worst_type;
  for (const std::string& type : settings.types) {
    const Result<Measured> measured = measure(settings, type);
    if (!measured) {
      fmt::print(stderr, "bench_decode: {}\n", measured.error().message());
      return exit_code(measured.error().kind());
    }
    print(*measured, settings.json);
    dearest = std::max(dearest, measured->cost_of_raw_json());
    if (worst_type.empty() || measured->ratio < worst) {
      worst = measured->ratio;
      worst_type = type;
    }
  }
  if (!settings.json) {
    fmt::print("goal: each at least {} × the DOM parse: {} (lowest {:.2f}, {})\n", kGoal, worst >= kGoal ? "met" : "MISSED", worst, worst_type);
    fmt::print("goal: raw_json costs at most {:.0f} %: {} (at most {:.0f} %)\n", kGoalOfRawJson * 100, dearest <= kGoalOfRawJson ? "met" : "MISSED",
               dearest * 100);
  }
  if (!settings.json && settings.rounds_of_others > 0) {
    fmt::print(
        "\nbeside other readers, by all columns of the schema that JSON has ({}), median of {} rounds, one thread; the ratio is ours to theirs\n",
        "8 MB", settings.rounds_of_others);
    fmt::print("{:<22}{:>8}{:>9}{:>14}{:>8}{:>14}{:>8}\n", "", "columns", "decode", "read_ndjson", "times", "pyarrow.json", "times");
  }
  for (const std::string& type : settings.types) {
    if (settings.rounds_of_others == 0) {
      break;
    }
    const Result<Beside> beside = measure_beside(settings, type);
    if (!beside) {
      fmt::print(stderr, "bench_decode: {}\n", beside.error().message());
      return exit_code(beside.error().kind());
    }
    print(type, *beside, settings.json);
  }
  return 0;
}

}  // namespace
}  // namespace lakeflow::bench

int main(int argc, char** argv) {
  lakeflow::bench::Settings settings;
  CLI::App app("Speed of decoding FHIR resources, as a ratio to simdjson's bare DOM parse");
  app.add_option("folder", settings.folder, "Folder of Synthea's NDJSON files, one per resource type")->required();
  app.add_option("--type", settings.types, "Resource types");
  app.add_option("--depth", settings.depth, "Depth of the schema");
  app.add_option("--megabytes", settings.megabytes, "Size of each type's input");
  app.add_option("--rounds", settings.rounds, "Rounds")->check(CLI::PositiveNumber);
  app.add_option("--rounds-of-others", settings.rounds_of_others, "Rounds beside DuckDB's and Arrow's readers; 0 for none")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--json", settings.json, "One JSON object a line");
  CLI11_PARSE(app, argc, argv);
  return lakeflow::bench::run(settings);
}
