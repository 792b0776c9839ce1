#include "testing/connector/connector_suite.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "testing/connector/check.h"

namespace lakeflow {

std::string_view verdict_name(Verdict verdict) {
  constexpr std::array<std::string_view, 3> kNames{"passed", "failed", "skipped"};
  return kNames[static_cast<std::size_t>(verdict)];
}

std::string some_of(const std::vector<std::string>& names, std::size_t shown) {
  const std::vector<std::string> first(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(shown, names.size())));
  return fmt::format("{}{}", fmt::join(first, ", "), names.size() > shown ? fmt::format(" and {} more", names.size() - shown) : "");
}

const TableReading& TableTrial::full() {
  if (!full_) {
    full_ = lakeflow::read_table(connection_.connector, table_, plain_read());
  }
  return *full_;
}

const TableReading* TableTrial::deletes() {
  auto* const in_stream = dynamic_cast<DeletesInStream*>(&connection_.connector);
  if (type() != IngestionType::kCdcWithDeletes || (in_stream != nullptr && in_stream->deletes_in_stream(table_.request))) {
    return nullptr;
  }
  if (!deletes_) {
    ReadRequest read = plain_read();
    read.deletes = true;
    read.offset = {};  // they have offsets of their own
    deletes_ = read_anew(read);
  }
  return &*deletes_;
}

ReadRequest TableTrial::plain_read() const {
  ReadRequest read;
  read.offset = start_;
  read.record_limit = connection_.request.record_limit;
  read.stop = connection_.request.stop;
  read.log = &connection_.log;
  return read;
}

TableReading TableTrial::read_anew(ReadRequest read, const Options& changed_options, const TableUnderTest* table) {
  const auto connector = connection_.request.connect(changed_options);
  if (!connector) {
    TableReading reading;
    reading.error = connector.error();
    return reading;
  }
  return lakeflow::read_table(**connector, table != nullptr ? *table : table_, read);
}

std::expected<ReadingDifference, Finding> TableTrial::difference(const std::vector<ReadRow>& before, const std::vector<ReadRow>& found,
                                                                 const std::function<TableReading()>& read_afresh) {
  const ReadingDifference at_first_sight = compare_rows(table_, before, found);
  if (at_first_sight == ReadingDifference{}) {
    return at_first_sight;
  }
  const TableReading after = read_afresh();
  if (after.error) {
    return std::unexpected(ended_with("read once more, as rows differ", *after.error));
  }
  return compare_rows(table_, before, found, after.rows);
}

std::optional<Finding> TableTrial::goes_on_from(const TableReading& first, const ReadPlace* place, const std::string& how) {
  ReadRequest read = plain_read();
  std::vector<ReadRow> rows;
  if (place != nullptr) {
    read.offset = place->offset;
    read.state = first.state_at({}, *place);
    rows.assign(first.rows.begin(), first.rows.begin() + static_cast<std::ptrdiff_t>(place->rows));
  }
  const std::size_t before = rows.size();
  const TableReading rest = read_anew(read);
  if (rest.error) {
    return ended_with(fmt::format("{} behind row {}", how, before), *rest.error);
  }
  rows.insert(rows.end(), rest.rows.begin(), rest.rows.end());
  const auto difference = this->difference(full().rows, rows, [&] { return read_anew(plain_read()); });
  if (!difference) {
    return difference.error();
  }
  if (difference->missing == 0 && difference->doubled == 0) {
    return std::nullopt;
  }
  return failed("{} behind row {} of {}: {} rows never come, {} come twice", how, before, full().rows.size(), difference->missing,
                difference->doubled);
}

namespace {

// What went wrong, and what its author can do about it.
std::string in_full(const Error& error) {
  return error.next_step().empty() ? error.message() : fmt::format("{} (next: {})", error.message(), error.next_step());
}

}  // namespace

Finding TableTrial::ended_with(const std::string& reading, const Error& error) {
  if (error.kind() == ErrorKind::kInterrupted && request().stop.stop_requested()) {
    return skipped("the suite was stopped");
  }
  if (error.kind() == ErrorKind::kSource) {
    ReadRequest first = plain_read();
    first.record_limit = 1;
    if (const TableReading again = read_anew(first); again.error && again.error->kind() == ErrorKind::kSource) {
      return skipped("the source fails: {}", in_full(*again.error));
    }
  }
  Finding finding = failed("{}: {}", reading, error.message());
  finding.next_step = error.next_step();
  return finding;
}

std::optional<Error> TableTrial::unread() const {
  const bool failed_at_once = full_ && full_->error && full_->error->kind() == ErrorKind::kSource && full_->rows.empty();
  return failed_at_once ? full_->error : std::nullopt;
}

std::optional<Finding> TableTrial::obstacle() {
  if (full().error || !full().endless.empty()) {
    return skipped("the table can't be read to its end (reads_to_its_end says why)");
  }
  if (full().cut) {
    return skipped("the table has more than {} records", connection_.request.record_limit);
  }
  return std::nullopt;
}

std::optional<Finding> TableTrial::no_rows() {
  if (!full().rows.empty()) {
    return std::nullopt;
  }
  const bool was_read = !full().error && full().endless.empty();
  return skipped("{}", was_read ? "the table has no rows" : "the table can't be read (reads_to_its_end says why)");
}

namespace {

std::vector<TableCheckOf> all_table_checks() {
  std::vector<TableCheckOf> checks;
  for (const auto& some : {declaration_checks(), reading_checks(), value_checks(), completeness_checks(), resume_checks(), delete_checks(),
                           damage_checks(), memory_checks(), network_checks(), write_checks(), secrecy_checks()}) {
    checks.insert(checks.end(), some.begin(), some.end());
  }
  return checks;
}

class SuiteRun {
 public:
  explicit SuiteRun(const SuiteRequest& request) : request_(request) {}

  Result<std::vector<CheckResult>> run() {
    const auto connector = request_.connect({});
    if (!connector) {
      add({"connects", "everything", connector.error().next_step()}, "", failed("the connector can't be made: {}", connector.error().message()), 0);
      return std::move(results_);
    }
    const ConnectionTrial connection{request_, **connector, log_, relayed_};
    for (const ConnectionCheckOf& check : connection_checks()) {
      timed({check.name, check.protects, check.next_step}, "", [&] { return check.run(connection); });
    }
    for (const TableRequest& request : request_.tables) {
      LAKEFLOW_TRY(run_table(connection, request));
    }
    if (!unread_.empty() && !was_any_read_) {
      return std::unexpected(nothing_was_read());
    }
    return std::move(results_);
  }

 private:
  struct UnreadTable {
    std::string name;
    Error error;
  };

  Status run_table(const ConnectionTrial& connection, const TableRequest& request) {
    const auto schema = connection.connector.get_table_schema(request.table_name, request.table_options);
    const auto metadata = connection.connector.read_table_metadata(request.table_name, request.table_options);
    if (!schema || !metadata) {
      const Error& error = !schema ? schema.error() : metadata.error();
      if (error.kind() == ErrorKind::kUser) {
        return std::unexpected(error);  // a table that there is none of, an option that can't be
      }
      add({"declares_the_same_again", "a table that can't be read", error.next_step()}, request.table_name, failed("{}", error.message()), 0);
      return {};
    }
    Offset start;
    if (request_.since) {
      auto* const by_hand = dynamic_cast<OffsetByHand*>(&connection.connector);
      if (by_hand == nullptr) {
        return std::unexpected(Error::user("this connector can't be told to read from a time on", "read from the start: leave since out"));
      }
      LAKEFLOW_ASSIGN(start, by_hand->offset_at(request, *request_.since));
    }
    TableTrial trial(connection, {request, *schema, *metadata}, std::move(start));
    for (const TableCheckOf& check : all_table_checks()) {
      if (request_.stop.stop_requested()) {
        break;
      }
      timed({check.name, check.protects, check.next_step}, request.table_name, [&] { return check.run(trial); });
    }
    if (const std::optional<std::string> left = trial.writes().clean_up(); left && request_.on_left_behind) {
      request_.on_left_behind(*left);
    }
    if (request_.stop.stop_requested()) {
      return std::unexpected(Error::interrupted("stopped"));
    }
    if (std::optional<Error> unread = trial.unread()) {
      unread_.push_back({request.table_name, *std::move(unread)});
    } else {
      was_any_read_ = true;
    }
    return {};
  }

  // One table's error as it is; of several each, as what mends one does not always mend another.
  Error nothing_was_read() const {
    if (unread_.size() == 1) {
      return unread_.front().error;
    }
    std::string text = fmt::format("the source gives nothing of any of {} tables", unread_.size());
    for (const UnreadTable& table : unread_) {
      text += fmt::format("\n  {}: {}", table.name, in_full(table.error));
    }
    return Error::source(std::move(text), "mend them one after the other: --table tries one alone");
  }

  struct CheckInWords {
    std::string_view name;
    std::string_view protects;
    std::string_view next_step;
  };

  void timed(const CheckInWords& check, const std::string& table, const auto& run) {
    if (!request_.checks.empty() && std::ranges::find(request_.checks, check.name) == request_.checks.end()) {
      return;
    }
    const auto began = std::chrono::steady_clock::now();
    Finding finding = run();
    add(check, table, std::move(finding), std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  }

  void add(const CheckInWords& check, const std::string& table, Finding finding, double seconds) {
    std::string next_step = finding.verdict != Verdict::kFailed ? std::string()
                            : finding.next_step.empty()         ? std::string(check.next_step)
                                                                : std::move(finding.next_step);
    results_.push_back({.check = std::string(check.name),
                        .table = table,
                        .verdict = finding.verdict,
                        .evidence = std::move(finding.evidence),
                        .protects = std::string(check.protects),
                        .next_step = std::move(next_step),
                        .seconds = seconds});
    if (request_.on_result) {
      request_.on_result(results_.back());
    }
  }

  const SuiteRequest& request_;
  LogRecorder log_;
  RelayedSource relayed_{request_};
  std::vector<CheckResult> results_;
  std::vector<UnreadTable> unread_;  // which gave nothing, and why
  bool was_any_read_ = false;
};

}  // namespace

Result<std::vector<CheckResult>> run_connector_suite(const SuiteRequest& request) { return SuiteRun(request).run(); }

std::vector<std::pair<std::string, std::string>> connector_checks() {
  std::vector<std::pair<std::string, std::string>> checks;
  for (const ConnectionCheckOf& check : connection_checks()) {
    checks.emplace_back(check.name, check.protects);
  }
  for (const TableCheckOf& check : all_table_checks()) {
    checks.emplace_back(check.name, check.protects);
  }
  return checks;
}

}  // namespace lakeflow
