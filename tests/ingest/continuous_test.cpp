// Runs again and again: which tables, what ends it, what does not. Time does not pass by itself here.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <utility>

#include "engine/continuous/continuous_ingest.h"
#include "tests/ingest/faulty_destination.h"
#include "tests/ingest/ingest_world.h"

namespace lakeflow::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::SizeIs;

// Jumps to whatever time is waited for, and asks for a stop when its end has come.
class JumpingPause final : public Pause {
 public:
  explicit JumpingPause(Clock::duration end) : end_(Clock::time_point() + end) {}
  Clock::time_point now() override { return now_; }
  void wake() override { woken_ = true; }
  void wait_until(Clock::time_point time, std::stop_token) override {
    if (std::exchange(woken_, false)) {
      return;
    }
    now_ = std::max(now_, time);
    if (now_ > end_) {
      stop_.request_stop();
    }
  }
  std::stop_token token() const { return stop_.get_token(); }

 private:
  bool woken_ = false;
  Clock::time_point now_;
  const Clock::time_point end_;
  std::stop_source stop_;
};

class ContinuousTest : public testing::Test, public ContinuousListener {
 protected:
  void on_run(const RunReport& report, const Schedule&) override {
    std::string line = std::string(run_outcome_name(report.outcome)) + ":";
    for (const TableReport& table : report.tables) {
      line += " " + table.source_table + (table.error ? "!" : "");
    }
    runs_.push_back(line);
    if (after_run) {
      after_run(runs_.size());
    }
  }
  void on_no_run(const Error& error, const Schedule&) override {
    runs_.push_back("no run: " + std::string(error_kind_name(error.kind())));
    if (after_run) {
      after_run(runs_.size());
    }
  }

  Result<ContinuousEnd> go(const std::vector<std::string>& tables, Pause::Clock::duration end, const std::string& settings = {}) {
    const Pipeline pipeline = world_.pipeline(tables, "interval: " + interval + "\njitter: 0%\n" + settings);
    const auto connector = memory_connector(world_.source_ptr()).make({});
    EXPECT_TRUE(connector.has_value());
    JumpingPause pause(end);
    ContinuousRequest request;
    request.run.pipeline = &pipeline;
    request.run.connector = connector->get();
    request.run.full_refresh = full_refresh;
    request.run.stop = pause.token();
    request.run.hang_patience = 300ms;
    request.open_destination = [&]() -> Result<Destination*> {
      ++opened_;
      if (opening_fails > 0) {
        --opening_fails;
        return std::unexpected(Error::destination("the file is locked"));
      }
      return &world_.destination();
    };
    request.close_destination = [&] { ++closed_; };
    request.listener = this;
    request.pause = &pause;
    return ingest_continuously(request);
  }

  IngestWorld world_;
  std::function<void(std::size_t)> after_run;
  std::string interval = "10s";
  int opening_fails = 0;
  bool full_refresh = false;
  std::vector<std::string> runs_;
  int opened_ = 0;
  int closed_ = 0;
};

TEST_F(ContinuousTest, BringsWhatIsNewWithEachRunUntilItIsStopped) {
  world_.source().set_length(100);
  after_run = [&](std::size_t runs) { world_.source().set_length(100 + 50 * runs); };
  const Result<ContinuousEnd> end = go({"events"}, 25s);
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->error.kind(), ErrorKind::kInterrupted);
  EXPECT_EQ(end->runs, 3U) << "at 0, 10 and 20 seconds";
  EXPECT_THAT(world_.rows("events"), SizeIs(200));
  EXPECT_EQ(opened_, 1);
  EXPECT_EQ(closed_, 1);
}

TEST_F(ContinuousTest, RunsThatFindNothingNewLeaveOneLineAnHour) {
  world_.source().set_length(100);
  interval = "10m";
  after_run = [&](std::size_t runs) {
    if (runs == 4) {
      world_.source().set_length(150);
    }
  };
  const Result<ContinuousEnd> end = go({"events", "patients", "wards"}, 125min);
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->runs, 13U);
  EXPECT_THAT(world_.rows("events"), SizeIs(150));
  EXPECT_THAT(world_.query("SELECT outcome FROM _lakeflow.runs"), ElementsAre("done", "done", "done", "done"))
      << "the first, the fifth, which brought something, and those after one and two hours";
  EXPECT_THAT(world_.query("SELECT count(*)::VARCHAR FROM (SELECT run_id FROM _lakeflow.passes UNION SELECT run_id FROM _lakeflow.commits) "
                           "WHERE run_id NOT IN (SELECT run_id FROM _lakeflow.runs)"),
              ElementsAre("0"));
  EXPECT_THAT(world_.query("SELECT sum(inserted)::VARCHAR FROM _lakeflow.commits WHERE source_table = 'events'"), ElementsAre("150"));
}

TEST_F(ContinuousTest, AFailingTableSitsOutWhileTheOthersGoOn) {
  world_.source().set_length(100);
  world_.source().set_behaviour("events", {.open_error = Error::source("refused")});
  after_run = [&](std::size_t runs) {
    if (runs == 4) {
      world_.source().set_behaviour("events", {});
    }
  };
  ASSERT_TRUE(go({"events", "patients"}, 85s).has_value());
  EXPECT_THAT(runs_, ElementsAre("partial: events! patients",                    // 0 s
                                 "done: patients", "partial: events! patients",  // 20 s later
                                 "done: patients", "done: patients", "done: patients",
                                 "done: events patients",  // 40 s later
                                 "done: events patients", "done: events patients"));
  EXPECT_THAT(world_.rows("events"), SizeIs(100));
}

TEST_F(ContinuousTest, ASignalOfTheConnectorBringsItsTablesAtOnceAndNoOther) {
  world_.source().set_length(100);
  after_run = [&](std::size_t runs) {
    if (runs == 1 || runs == 2) {
      world_.source().set_length(100 + 50 * runs);
      world_.source().announce({"events", "no_table_of_this_pipeline"});
      world_.source().announce({"events"});
    }
  };
  const Result<ContinuousEnd> end = go({"events", "patients"}, 15s);
  ASSERT_TRUE(end.has_value());
  EXPECT_THAT(runs_, ElementsAre("done: events patients", "done: events", "done: events", "done: events patients"))
      << "beats are at 0 and 10 seconds";
  EXPECT_THAT(world_.rows("events"), SizeIs(200));
}

TEST_F(ContinuousTest, ASignalDoesNotWakeATableThatSitsOutItsFailure) {
  world_.source().set_length(100);
  world_.source().set_behaviour("events", {.open_error = Error::source("refused")});
  after_run = [&](std::size_t runs) {
    world_.source().set_behaviour("events", {});
    if (runs == 1) {
      world_.source().announce({"events"});
    }
  };
  ASSERT_TRUE(go({"events", "patients"}, 25s).has_value());
  EXPECT_THAT(runs_, ElementsAre("partial: events! patients", "done: patients", "done: events patients"));
}

TEST_F(ContinuousTest, AFailingDestinationIsOpenedAnew) {
  world_.source().set_length(100);
  const auto fault = std::make_shared<DestinationFault>();
  world_.wrap_destination([&](std::unique_ptr<Destination> sound) { return make_faulty_destination(std::move(sound), fault); });
  fault->commits_before = 1;  // the run's line, and no more
  after_run = [&](std::size_t runs) {
    if (runs == 1) {
      fault->commits_before = ~0U;
      opening_fails = 1;
    }
  };
  const Result<ContinuousEnd> end = go({"events"}, 65s);
  ASSERT_TRUE(end.has_value());
  ASSERT_GE(runs_.size(), 3U);
  EXPECT_EQ(runs_[0], "failed: events");
  EXPECT_EQ(runs_[1], "no run: destination");
  EXPECT_EQ(runs_[2], "done: events");
  EXPECT_EQ(opened_, 3);
  EXPECT_THAT(world_.rows("events"), SizeIs(100));
}

TEST_F(ContinuousTest, ATableThatIsNotThereIsItsOwnFailure) {
  world_.source().set_length(10);
  const Result<ContinuousEnd> unknown = go({"nothing_like_it"}, 25s);
  ASSERT_TRUE(unknown.has_value());
  EXPECT_EQ(unknown->error.kind(), ErrorKind::kInterrupted) << "a table that is not there is that table's failure";
  EXPECT_THAT(runs_, ElementsAre("failed: nothing_like_it!", "failed: nothing_like_it!"));
}

TEST_F(ContinuousTest, TheFirstOpeningMustSucceed) {
  opening_fails = 1;
  const Result<ContinuousEnd> end = go({"events"}, 25s);
  ASSERT_FALSE(end.has_value());
  EXPECT_EQ(end.error().message(), "the file is locked");
}

TEST_F(ContinuousTest, ATableIsRefreshedOnce) {
  world_.source().set_length(100);
  full_refresh = true;
  world_.source().set_behaviour("patients", {.open_error = Error::source("refused")});
  after_run = [&](std::size_t) { world_.source().set_behaviour("patients", {}); };
  ASSERT_TRUE(go({"events", "patients"}, 45s).has_value());
  // At 20 seconds patients is refreshed alone; from then on both go on from their offsets.
  EXPECT_THAT(runs_, ElementsAre("partial: events patients!", "done: events", "done: patients", "done: events patients", "done: events patients"));
  EXPECT_THAT(world_.query("SELECT count(*) FROM _lakeflow.passes WHERE tables = 'events' AND records_read = 100"), ElementsAre("1"));
}

// Everything that is needed to bound the end of a run under way: no commit where applying takes too long.
TEST_F(ContinuousTest, AStopDoesNotWaitForAChunkThatTakesLong) {
  world_.source().set_length(1000);
  world_.source().set_behaviour("events", {.records_per_call = 10, .wait_at = 700});
  std::stop_source stop;
  const auto began = std::chrono::steady_clock::now();
  const RunReport report = world_.run({"events"}, {}, [&](IngestRequest& request) {
    request.stop = stop.get_token();
    request.apply_patience = 0ms;
    request.hang_patience = 300ms;
    stop.request_stop();
  });
  EXPECT_LT(std::chrono::steady_clock::now() - began, 1s);
  EXPECT_EQ(report.exit_code(), 130);
}

}  // namespace
}  // namespace lakeflow::test
