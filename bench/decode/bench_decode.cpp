// bench_decode: how fast raw FHIR resources become Arrow batches, as a ratio to simdjson's bare DOM parse of the same bytes. Both
// take turns batch by batch on one thread, and in going first, so that a busy machine and cold caches slow both. Each document is
// parsed into a tree that nobody looks at; each batch is decoded and let go.

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include <arrow/array/array_binary.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <simdjson.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/measurement/leaf_columns.h"
#include "bench/measurement/spent_time.h"
#include "bench/resources/resource_records.h"
#include "engine/decode/json_decoder.h"
#include "libs/fhir/resource_schema.h"

namespace lakeflow::bench {
namespace {

constexpr double kGoal = 0.6;

struct Settings {
  std::string folder;
  std::vector<std::string> types = {"Patient", "Observation", "Claim"};
  int depth = fhir::kMaximumSchemaDepth;
  bool without_raw_json = false;
  std::size_t megabytes = 64;
  int rounds = 15;
  bool json = false;
};

struct Measured {
  std::string type;
  int columns = 0;
  std::size_t rows = 0;
  std::size_t rescued = 0;  // rows with values that did not fit
  double parse = 0;         // MB/s of processor time
  double decode = 0;
  double ratio = 0;
  double wall_ratio = 0;
};

Result<Measured> measure(const Settings& settings, const std::string& type) {
  LAKEFLOW_ASSIGN(const auto schema, fhir::resource_schema(type, {.depth = settings.depth, .raw_json = !settings.without_raw_json}));
  LAKEFLOW_ASSIGN(const auto batches, resource_records({.folder = settings.folder, .type = type, .bytes = settings.megabytes * 1'000'000}));
  LAKEFLOW_ASSIGN(const auto decoder, make_json_decoder(schema));

  simdjson::dom::parser parser;
  Measured measured{.type = type, .columns = leaf_columns(*schema)};
  std::size_t wrong = 0;
  const auto parse = [&](const RawRecords& batch) {
    for (const RawRecord& record : batch.records) {
      wrong += parser.parse(record.bytes.data(), record.bytes.size(), false).error() == simdjson::SUCCESS ? 0U : 1U;
    }
  };
  const auto decode = [&](const RawRecords& batch) {
    const auto decoded = decoder->decode(batch);
    wrong += decoded ? decoded->rejects.size() : batch.records.size();
    if (decoded) {
      const DecodedTable& table = decoded->tables.front();
      measured.rows += static_cast<std::size_t>(table.rows->num_rows());
      measured.rescued += table.rescued == nullptr ? 0U : static_cast<std::size_t>(table.rescued->length() - table.rescued->null_count());
    }
  };

  double megabytes = 0;
  for (const RawRecords& batch : batches) {
    megabytes += static_cast<double>(batch.bytes_read) / 1e6;
  }
  Rounds parsing;
  Rounds decoding;
  for (int round = -1; round < settings.rounds; ++round) {
    SpentTime parsed;
    SpentTime decoded;
    measured.rows = measured.rescued = 0;
    for (const RawRecords& batch : batches) {
      if (round % 2 == 0) {
        parsed += spent_by([&] { parse(batch); });
        decoded += spent_by([&] { decode(batch); });
      } else {
        decoded += spent_by([&] { decode(batch); });
        parsed += spent_by([&] { parse(batch); });
      }
    }
    if (round >= 0) {  // the first one warms up
      parsing.add(parsed);
      decoding.add(decoded);
    }
  }
  if (wrong > 0) {
    return std::unexpected(Error::data(fmt::format("{} resources of type {} were not read", wrong, type)));
  }
  measured.parse = megabytes / median(parsing.processor);
  measured.decode = megabytes / median(decoding.processor);
  measured.ratio = speed_ratio(parsing.processor, decoding.processor);
  measured.wall_ratio = speed_ratio(parsing.wall, decoding.wall);
  return measured;
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
                                       {"ratio_processor", measured.ratio},
                                       {"ratio_wall", measured.wall_ratio}})
                           .dump());
  } else {
    fmt::print("{:<22}{:>8}{:>9}{:>9}{:>11.0f}{:>9.0f}{:>10.2f}{:>8.2f}\n", measured.type, measured.columns, measured.rows, measured.rescued,
               measured.parse, measured.decode, measured.ratio, measured.wall_ratio);
  }
  std::fflush(stdout);
}

int run(const Settings& settings) {
  if (!settings.json) {
    fmt::print("{} MB of each type, schemas of depth {}{}, median of {} rounds, one thread ({}); MB/s of processor time\n", settings.megabytes,
               settings.depth, settings.without_raw_json ? " without raw_json" : " with raw_json", settings.rounds,
               simdjson::get_active_implementation()->name());
    fmt::print("{:<22}{:>8}{:>9}{:>9}{:>11}{:>9}{:>10}{:>8}\n", "", "columns", "rows", "rescued", "DOM parse", "decode", "ratio CPU", "wall");
  }
  double worst = 0;
  std::string worst_type;
  for (const std::string& type : settings.types) {
    const Result<Measured> measured = measure(settings, type);
    if (!measured) {
      fmt::print(stderr, "bench_decode: {}\n", measured.error().message());
      return exit_code(measured.error().kind());
    }
    print(*measured, settings.json);
    if (worst_type.empty() || measured->ratio < worst) {
      worst = measured->ratio;
      worst_type = type;
    }
  }
  if (!settings.json) {
    fmt::print("goal: each at least {} × the DOM parse: {} (lowest {:.2f}, {})\n", kGoal, worst >= kGoal ? "met" : "MISSED", worst, worst_type);
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
  app.add_flag("--without-raw-json", settings.without_raw_json, "Do not keep the resource as sent, too");
  app.add_option("--megabytes", settings.megabytes, "Size of each type's input");
  app.add_option("--rounds", settings.rounds, "Rounds")->check(CLI::PositiveNumber);
  app.add_flag("--json", settings.json, "One JSON object a line");
  CLI11_PARSE(app, argc, argv);
  return lakeflow::bench::run(settings);
}
