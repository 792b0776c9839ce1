#pragma once

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "testing/connector/connector_suite.h"
#include "testing/connector/finding.h"
#include "testing/connector/log_recorder.h"
#include "testing/connector/network_trial.h"
#include "testing/connector/reading_difference.h"
#include "testing/connector/table_reading.h"
#include "testing/connector/write_trial.h"

namespace lakeflow {

// A connection under test.
struct ConnectionTrial {
  const SuiteRequest& request;
  LakeflowConnect& connector;
  LogRecorder& log;
  RelayedSource& relayed;
};

// One of its tables. What several checks look at is read once.
class TableTrial {
 public:
  // `start`: where readings begin.
  TableTrial(ConnectionTrial connection, TableUnderTest table, Offset start)
      : connection_(connection), table_(std::move(table)), start_(std::move(start)) {}
  TableTrial(const TableTrial&) = delete;
  TableTrial& operator=(const TableTrial&) = delete;

  const SuiteRequest& request() const { return connection_.request; }
  LakeflowConnect& connector() { return connection_.connector; }
  LogRecorder& log() { return connection_.log; }
  const TableUnderTest& table() const { return table_; }
  const Offset& start() const { return start_; }
  IngestionType type() const { return table_.metadata.ingestion_type; }

  // All of the table from its start, or that of the trial (up to the request's limit).
  const TableReading& full();
  // Its stream of deletes from the start; null where it has none of its own, as its type tells of none or they come among the other records.
  const TableReading* deletes();
  // The same with a connector of its own, as another process would read it. `table`: with other options.
  TableReading read_anew(ReadRequest read, const Options& changed_options = {}, const TableUnderTest* table = nullptr);
  ReadRequest plain_read() const;

  // How rows that were read differ from those of a reading `before`, without what the source itself changed meanwhile: where they differ, the table
  // is read afresh to tell (reading_difference.h). Why that can't be told, where it can't be read.
  std::expected<ReadingDifference, Finding> difference(const std::vector<ReadRow>& before, const std::vector<ReadRow>& found,
                                                       const std::function<TableReading()>& read_afresh);

  // What was committed of `first` at one of its places (nothing where there is none), and what another process reads on from there: together they are
  // all of full(), and in a table that only grows nothing twice. Nothing where that holds; `how` says in a failure which reading it was.
  std::optional<Finding> goes_on_from(const TableReading& first, const ReadPlace* place, const std::string& how);

  // The source behind a network that misbehaves.
  NetworkTrial& network() { return network_; }
  // What is written to the source, where that may be.
  WriteTrial& writes() { return writes_; }

  // What a reading that ended with this error tells of the connector: a source that does not answer any more is no fault of its.
  Finding ended_with(const std::string& reading, const Error& error);

  // Why the source gave nothing of it; nothing where it did, or no check has read it.
  std::optional<Error> unread() const;

  // Why checks that compare with the full reading can't be done; nothing where they can.
  std::optional<Finding> obstacle();
  // Why checks of rows can't be done: nothing could be read, or there is none. Nothing where some came.
  std::optional<Finding> no_rows();

 private:
  ConnectionTrial connection_;
  TableUnderTest table_;
  Offset start_;
  std::optional<TableReading> full_;
  std::optional<TableReading> deletes_;
  NetworkTrial network_{*this, connection_.relayed};
  WriteTrial writes_{*this};
};

// Checks of the connection and of a table. None throws, and none fails for what the source has or lacks. `next_step`: what the author of a connector
// that fails it can do, where the finding says nothing better.
struct ConnectionCheckOf {
  std::string_view name;
  std::string_view protects;
  std::string_view next_step;
  Finding (*run)(const ConnectionTrial& trial);
};
struct TableCheckOf {
  std::string_view name;
  std::string_view protects;
  std::string_view next_step;
  Finding (*run)(TableTrial& trial);
};

// By what they look at; each in a file of its own.
std::vector<ConnectionCheckOf> connection_checks();
std::vector<TableCheckOf> declaration_checks();   // schema and metadata
std::vector<TableCheckOf> reading_checks();       // a reading from the start
std::vector<TableCheckOf> value_checks();         // the rows of that reading
std::vector<TableCheckOf> completeness_checks();  // all that the source has
std::vector<TableCheckOf> resume_checks();        // offsets, state, stops
std::vector<TableCheckOf> delete_checks();
std::vector<TableCheckOf> damage_checks();  // one bad record among good ones
std::vector<TableCheckOf> memory_checks();
std::vector<TableCheckOf> network_checks();
std::vector<TableCheckOf> write_checks();
std::vector<TableCheckOf> secrecy_checks();  // of what was logged meanwhile: last

// The first few names, and how many more there are.
std::string some_of(const std::vector<std::string>& names, std::size_t shown = 5);

}  // namespace lakeflow
