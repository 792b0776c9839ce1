#pragma once

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/options.h"
#include "sources/interface/connector_spec.h"
#include "sources/interface/lakeflow_connect.h"
#include "sources/interface/registry.h"
#include "sources/interface/write_back.h"

namespace lakeflow {

// The suite that every connector has to pass, on whatever its options reach: a real source or a simulated one. It knows nothing but the contract
// (sources/interface), and reads as an ingest does.

enum class Verdict {
  kPassed,
  kFailed,
  kSkipped,  // could not be checked here; never a pass
};
std::string_view verdict_name(Verdict verdict);  // "passed", "failed", "skipped"

struct CheckResult {
  std::string check;  // "resumes_at_each_offset"
  std::string table;  // empty: of the connection
  Verdict verdict = Verdict::kSkipped;
  std::string evidence;        // what was seen, or why it was skipped: counts, names of columns and options; never a value of a record or a secret
  std::string protects;        // what a user loses where it fails
  std::string next_step = {};  // where it failed: what the connector's author can do
  double seconds = 0;
};

struct SuiteRequest {
  // A new connector, as a process that starts would make it; `changed` options replace the connection's own.
  std::function<Result<std::unique_ptr<LakeflowConnect>>(const Options& changed)> connect = {};
  const ConnectorSpec* spec = nullptr;
  // The connection's options, with secrets resolved: to look for them where they must not be.
  Options connection_options = {};
  std::vector<TableRequest> tables = {};
  std::vector<std::string> checks = {};  // by name; empty: all
  // Tables are read from this time on (sources/interface OffsetByHand), as an ingest reads on, instead of from their start.
  std::optional<TimestampMicros> since = {};
  // A table is read up to about so many records; what needs all of it is skipped where it has more. 0: all.
  std::size_t record_limit = 20'000;
  // Reads over a network that misbehaves: through a relay on loopback, which takes the place of a source over HTTP.
  bool breaks_network = true;
  // The connection's option that holds the source's URL; empty: the first of the type url that was given.
  std::string url_option = {};
  // How long an outage lasts: longer than a connector's retries, else one that gives up in silence passes.
  double outage_seconds = 8;
  // The source has deleted records of each table that tells of them: where none comes, that is no lack of the source.
  bool has_deletes = false;
  // Allows records of the suite's own to be written to the source, where the connector can (sources/interface/write_back.h). They are deleted again.
  bool writes = false;
  // Writes in the connector's place, as the users of a simulated source do (simulated_writes.h): nobody has to allow that.
  WriteBack* source_writes = nullptr;
  // How long after its time of change a record of the source may be seen for the first time, as its transaction took that long. 0: the source shows
  // each at once, and in the order of their times.
  double late_seconds = 60;
  // How long a source may take until it shows what was written.
  double patience_seconds = 10;
  std::stop_token stop = {};
  // Each result as it comes; results come table by table.
  std::function<void(const CheckResult&)> on_result = {};
  // What was written to the source, and what stays of it: a line for each table that was written to.
  std::function<void(const std::string&)> on_left_behind = {};
};

// Runs the checks. What a connector does wrong is a result. An error where a stop was asked for, where a table, its options or `since` are the user's
// mistake, and where the source gave nothing of any table.
Result<std::vector<CheckResult>> run_connector_suite(const SuiteRequest& request);

// What a connector's own GoogleTest needs of it: EXPECT_THAT(suite_failures(entry, options, tables), IsEmpty()). The checks that failed, and the
// tables of which the source gave nothing; what is wrong with the options or keeps the suite from running, too (as `connects`). `request`: what else
// is wanted; the connector, its options and tables are put into it.
std::vector<CheckResult> suite_failures(const ConnectorEntry& connector, const Options& connection_options, const std::vector<std::string>& tables,
                                        SuiteRequest request = {});

// How GoogleTest shows them: each on lines of its own, with its table, what was seen, what it costs and what to do.
void PrintTo(const std::vector<CheckResult>& failures, std::ostream* out);

// The checks by name, and what each protects: in the order in which they run.
std::vector<std::pair<std::string, std::string>> connector_checks();

// The results as JUnit's XML, a test suite for each table.
std::string junit_xml(const std::vector<CheckResult>& results, std::string_view suite_name);

}  // namespace lakeflow
