// A large backlog that is read in several windows of time at once, and stopped: the next run brings what was in hand.

#include <atomic>
#include <set>
#include <stop_token>
#include <string>
#include <variant>

#include <gtest/gtest.h>

#include "sources/healthcare/test/fhir_reading.h"

namespace lakeflow {
namespace {

// Asks for a stop at its so-manieth line: each request has some.
class StoppingLogger final : public Logger {
 public:
  StoppingLogger(std::stop_source stop, int lines) : stop_(std::move(stop)), lines_(lines) {}
  void write(LogLevel, std::string_view, Fields) override {
    if (--lines_ == 0) {
      stop_.request_stop();
    }
  }

 private:
  std::stop_source stop_;
  std::atomic<int> lines_;
};

// As an ingest does it: what came until the stop is committed with the place and the state that the reader has after its error.
TEST(FhirStoppedReading, LosesNothing) {
  int stopped = 0;
  for (int lines = 1; lines <= 48; ++lines) {
    FhirWorld world(patients_a_minute_apart(100) + patients_of_one_time(60, "t", "2024-01-01T01:00:00.250Z"));
    world.options().set("page_size", "5");
    world.options().set("parallel_requests", "4");
    std::stop_source stop;
    StoppingLogger log(stop, lines);
    const FhirState none;
    ReadContext context{.stop = stop.get_token(), .deadline = {}, .log = &log, .state = &none};
    Result<std::unique_ptr<RecordReader>> reader = world.connect()->read_table("Patient", {}, world.table_options(), context);
    ASSERT_TRUE(reader) << reader.error().message();
    Reading first;
    while (true) {
      Result<std::variant<RawRecords, End>> step = (*reader)->next();
      if (!step || std::holds_alternative<End>(*step)) {
        stopped += step ? 0 : 1;
        break;
      }
      FhirWorld::take(std::get<RawRecords>(*step), first);
    }
    if (const auto offset = (*reader)->offset(); offset && !first.versions.empty()) {
      first.offset = *offset;
      first.state.apply((*reader)->state_delta());
    } else {
      first.versions.clear();
    }
    const Reading rest = world.read(first);
    std::set<std::string> all = first.distinct();
    all.merge(rest.distinct());
    EXPECT_EQ(all.size(), 160U) << "stopped at line " << lines << ", behind " << first.versions.size() << " versions";
  }
  EXPECT_GT(stopped, 24);
}

}  // namespace
}  // namespace lakeflow
