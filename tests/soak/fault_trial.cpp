#include "tests/soak/fault_trial.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "tests/soak/published_rows.h"

namespace lakeflow::test {
namespace {

namespace fs = std::filesystem;

// What the first list has and the second has not; of two that are the same, both count.
std::vector<std::string> missing_in(const std::vector<std::string>& second, const std::vector<std::string>& first) {
  std::vector<std::string> missing;
  std::ranges::set_difference(first, second, std::back_inserter(missing));
  return missing;
}

bool says_what_to_do(const std::string& output) {
  constexpr std::string_view kMark = "next step: ";
  const std::size_t at = output.find(kMark);
  return at != std::string::npos && at + kMark.size() < output.size() && output[at + kMark.size()] != '\n';
}

}  // namespace

TrialFolder::TrialFolder() {
  // In memory where there is such a place: nothing here rests on a disk's own syncs.
  const fs::path place = ::access("/dev/shm", W_OK) == 0 ? fs::path("/dev/shm") : fs::canonical(fs::temp_directory_path());
  std::string pattern = (place / "lakeflow_fault_XXXXXX").string();
  path_ = ::mkdtemp(pattern.data());
}

FaultTrial::FaultTrial(const FaultPair& pair, Beginning beginning) : pair_(pair) {
  fs::create_directory(work());
  if (beginning == Beginning::kEarlierRun) {
    pair_.write_earlier_pipeline(work());
    if (run_with_fault(folder_.path(), {}).exit_code != 0) return;
  }
  pair_.write_pipeline(work());
  fs::copy(work(), folder_.path() / "beginning", fs::copy_options::recursive);
  const FaultedEnd end = run_faulted({});
  Result<LandedContent> landed = read_landed(pair_, work());
  Result<std::vector<std::string>> published = read_published();
  if (end.exit_code != 0 || !landed || !published || (pair_.is_lake() && published->size() != landed->rows.size())) return;
  calls_ = end.calls;
  cuts_ = end.marks + 1;
  undisturbed_ = *std::move(landed);
  published_ = *std::move(published);
}

// Without a column that only some of the files have: its place among the others depends on which they are.
Result<std::vector<std::string>> FaultTrial::read_published() const {
  if (!pair_.is_lake()) return std::vector<std::string>();
  return published_rows(work() / "lake" / "main" / pair_.table, pair_.run == RunKind::kNewColumn ? std::string(kLaterColumn) : "");
}

FaultedEnd FaultTrial::run_faulted(const FaultOrder& order) const {
  return run_with_fault(folder_.path(), order, pair_.run == RunKind::kFullRefresh);
}

void FaultTrial::begin_anew() const {
  fs::remove_all(work());
  fs::copy(folder_.path() / "beginning", work(), fs::copy_options::recursive);
}

FaultVerdict FaultTrial::run(const FaultOrder& order) {
  FaultVerdict verdict;
  begin_anew();
  const FaultedEnd end = run_faulted(order);
  const bool done = end.signal == 0 && end.exit_code == 0;
  verdict.reached = !end.failed_call.empty() || (order.cut && done);
  if (!verdict.reached) return verdict;
  judge_end(order, end, verdict);
  judge_published(verdict);
  if (done) judge_landed("after a run that said it was done", end, verdict);

  // A full refresh that has begun goes on by itself.
  const FaultedEnd resumed = run_with_fault(folder_.path(), {});
  if (resumed.signal != 0 || resumed.exit_code != 0) {
    verdict.lost += undisturbed_.rows.size();
    verdict.complaints.push_back(fmt::format("the run after it ended with {}: {}", resumed.exit_code, resumed.output));
  } else {
    judge_leftovers(verdict);  // before this process opens the destination
    judge_landed("after the next run", end, verdict);
  }
  for (std::string& complaint : verdict.complaints) {
    const std::string place = end.failed_call.empty() ? "the end" : fmt::format("{} {} of {}", end.failed_call, order.at, order.cut ? cuts_ : calls_);
    complaint = fmt::format("{} at {}: {}", order.text(), place, complaint);
  }
  return verdict;
}

void FaultTrial::judge_end(const FaultOrder& order, const FaultedEnd& end, FaultVerdict& verdict) const {
  if (order.cut && end.failed_call.empty()) return;
  if (order.kind == "kill" || order.cut) {
    if (end.signal != SIGKILL) verdict.complaints.push_back("the process lived on");
    return;
  }
  if (end.signal != 0) {
    verdict.crashed = true;
    verdict.complaints.push_back(fmt::format("signal {} ended the process: {}", end.signal, end.output));
  } else if (end.exit_code != 0 && end.exit_code != exit_code(ErrorKind::kDestination)) {
    verdict.complaints.push_back(fmt::format("exit {} is not that of a destination's error: {}", end.exit_code, end.output));
  } else if (end.exit_code != 0 && !says_what_to_do(end.output)) {
    verdict.complaints.push_back(fmt::format("does not say what to do: {}", end.output));
  }
}

void FaultTrial::judge_published(FaultVerdict& verdict) const {
  const auto published = read_published();
  if (!published) {
    ++verdict.torn;
    verdict.complaints.push_back(fmt::format("a published file can't be read: {}", published.error().message()));
    return;
  }
  if (const auto more = missing_in(published_, *published); !more.empty()) {
    verdict.doubled += more.size();
    verdict.complaints.push_back(fmt::format("{} published rows too many: {}", more.size(), more.front()));
  }
}

void FaultTrial::judge_landed(const std::string& when, const FaultedEnd& end, FaultVerdict& verdict) const {
  const Result<LandedContent> read = read_landed(pair_, work(), end.run_id);
  if (!read) {
    verdict.lost += undisturbed_.rows.size();
    verdict.complaints.push_back(fmt::format("{}: {}", when, read.error().message()));
    return;
  }
  const LandedContent& landed = *read;
  const auto compare = [&](const char* what, std::vector<std::string> LandedContent::* list, std::uint64_t& missing, std::uint64_t& surplus) {
    const std::vector<std::string> less = missing_in(landed.*list, undisturbed_.*list);
    const std::vector<std::string> more = missing_in(undisturbed_.*list, landed.*list);
    missing += less.size();
    surplus += more.size();
    if (!less.empty()) verdict.complaints.push_back(fmt::format("{}: of {} {} missing: {}", when, what, less.size(), less.front()));
    if (!more.empty()) verdict.complaints.push_back(fmt::format("{}: of {} {} too many: {}", when, what, more.size(), more.front()));
  };
  compare("the rows", &LandedContent::rows, verdict.lost, verdict.doubled);
  compare("the rows that stand", &LandedContent::standing, verdict.lost, verdict.doubled);
  compare("the quarantine", &LandedContent::quarantine, verdict.lost, verdict.doubled);
  compare("the state", &LandedContent::state, verdict.torn, verdict.torn);
  if (landed.commits < end.commits) {
    verdict.lost += end.commits - landed.commits;
    verdict.complaints.push_back(fmt::format("{}: {} commits were said to be done, and {} are there", when, end.commits, landed.commits));
  }
  if (landed.missing_dead_letters > 0) {
    verdict.lost += landed.missing_dead_letters;
    verdict.complaints.push_back(fmt::format("{}: dead letters and quarantine differ by {}", when, landed.missing_dead_letters));
  }
}

void FaultTrial::judge_leftovers(FaultVerdict& verdict) const {
  const std::vector<std::string> stray = stray_files(work());
  if (stray.empty()) return;
  verdict.torn += stray.size();
  verdict.complaints.push_back(fmt::format("after the next run: left behind: {}", fmt::join(stray, ", ")));
}

}  // namespace lakeflow::test
