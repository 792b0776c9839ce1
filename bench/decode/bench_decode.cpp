// bench_decode: how fast raw FHIR resources become Arrow batches, as a ratio to simdjson's bare DOM parse of the same
// bytes. Both take turns batch by batch on one thread, so that a busy machine slows both; the median and the best of the
// rounds are shown, in processor time. Each document is parsed into a tree that nobody looks at; each batch is decoded and let go.

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <simdjson.h>
#include <CLI/CLI.hpp>

#include "bench/decode/resource_records.h"
#include "engine/decode/json_decoder.h"
#include "libs/fhir/resource_schema.h"

namespace lakeflow {
namespace {

struct Settings {
  std::string folder;
  std::vector<std::string> types = {"Patient", "Observation", "Claim"};
  int depth = fhir::kMaximumSchemaDepth;
  bool raw_json = false;
  std::size_t megabytes = 64;
  std::size_t batch_rows = 8192;
  int rounds = 15;
};

int count_leaves(const arrow::DataType& type) {
  if (type.num_fields() == 0) {
    return 1;
  }
  int leaves = 0;
  for (const auto& field : type.fields()) {
    leaves += count_leaves(*field->type());
  }
  return leaves;
}

// The processor time of this thread: what other processes take of a shared machine is not ours.
double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Speeds {
  double median = 0;
  double best = 0;
};

Speeds speeds(std::vector<double> values) {
  std::ranges::sort(values);
  return {values[values.size() / 2], values.back()};
}

Status measure(const Settings& settings, const std::string& type) {
  LAKEFLOW_ASSIGN(const auto schema, fhir::resource_schema(type, {.depth = settings.depth, .raw_json = settings.raw_json}));
  LAKEFLOW_ASSIGN(const auto batches, resource_records(type, settings.folder, settings.megabytes << 20U, settings.batch_rows));
  LAKEFLOW_ASSIGN(const auto decoder, make_json_decoder(schema));
  std::size_t bytes = 0;
  for (const RawRecords& batch : batches) {
    bytes += batch.bytes_read;
  }

  simdjson::dom::parser parser;
  std::size_t wrong = 0;
  std::size_t rows = 0;
  std::size_t rescued = 0;
  const auto parse = [&](const RawRecords& batch) {
    for (const RawRecord& record : batch.records) {
      wrong += parser.parse(record.bytes.data(), record.bytes.size(), false).error() == simdjson::SUCCESS ? 0U : 1U;
    }
  };
  const auto decode = [&](const RawRecords& batch) {
    const auto decoded = decoder->decode(batch);
    wrong += decoded ? decoded->rejects.size() : batch.records.size();
    if (decoded) {
      rows += static_cast<std::size_t>(decoded->tables.front().rows->num_rows());
      rescued += decoded->tables.front().rescued != nullptr ? 1U : 0U;
    }
  };

  const double megabytes = static_cast<double>(bytes) / 1e6;
  std::vector<double> parsing;
  std::vector<double> decoding;
  std::vector<double> ratios;
  for (int round = -1; round < settings.rounds; ++round) {
    double parse_seconds = 0;
    double decode_seconds = 0;
    rows = rescued = 0;
    for (const RawRecords& batch : batches) {
      const double start = processor_seconds();
      parse(batch);
      const double between = processor_seconds();
      decode(batch);
      parse_seconds += between - start;
      decode_seconds += processor_seconds() - between;
    }
    if (round >= 0) {  // the first one warms up
      parsing.push_back(megabytes / parse_seconds);
      decoding.push_back(megabytes / decode_seconds);
      ratios.push_back(parse_seconds / decode_seconds);
    }
  }
  if (wrong > 0) {
    return std::unexpected(Error::data(fmt::format("{} resources of type {} were not read", wrong, type)));
  }
  const Speeds parsed = speeds(parsing);
  const Speeds decoded = speeds(decoding);
  const Speeds ratio = speeds(ratios);
  std::fputs(fmt::format("{:<22}{:>7}{:>9}{:>8.0f}{:>8.0f}{:>8.0f}{:>8.0f}{:>8.2f}{:>8.2f}{}\n", type,
                         count_leaves(*arrow::struct_(schema->fields())), rows, parsed.median, parsed.best, decoded.median, decoded.best,
                         ratio.median, ratio.best, rescued > 0 ? fmt::format("   ({} batches have rescued values)", rescued) : "")
                 .c_str(),
             stdout);
  std::fflush(stdout);
  return {};
}

int run(const Settings& settings) {
  std::fputs(fmt::format("{} MB of each type, {}, batches of {} rows, schemas of depth {}{}, {} rounds, one thread ({})\n", settings.megabytes,
                         settings.folder.empty() ? "made from the official examples" : settings.folder, settings.batch_rows, settings.depth,
                         settings.raw_json ? " with raw_json" : "", settings.rounds, simdjson::get_active_implementation()->name())
                 .c_str(),
             stdout);
  std::fputs("                       leaf            MB/s, DOM parse  MB/s, decode   decode / DOM\n", stdout);
  std::fputs("                    columns     rows  median    best  median    best  median    best\n", stdout);
  for (const std::string& type : settings.types) {
    if (const Status measured = measure(settings, type); !measured) {
      std::fputs(("bench_decode: " + measured.error().message() + "\n").c_str(), stderr);
      return exit_code(measured.error().kind());
    }
  }
  return 0;
}

}  // namespace
}  // namespace lakeflow

int main(int argc, char** argv) {
  lakeflow::Settings settings;
  CLI::App app("Speed of decoding FHIR resources, as a ratio to simdjson's bare DOM parse");
  app.add_option("folder", settings.folder, "folder of NDJSON files, one per resource type (default: the official examples)");
  app.add_option("--type", settings.types, "resource types");
  app.add_option("--depth", settings.depth, "depth of the schema");
  app.add_flag("--raw-json", settings.raw_json, "keep the resource as sent, too");
  app.add_option("--megabytes", settings.megabytes, "size of each type's input");
  app.add_option("--batch-rows", settings.batch_rows, "rows of a batch");
  app.add_option("--rounds", settings.rounds, "rounds")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  return lakeflow::run(settings);
}
