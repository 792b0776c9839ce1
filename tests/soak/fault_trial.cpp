#include "tests/soak/fault_trial.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "tests/soak/published_rows.h"

namespace lakeflow::test {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kEarlierLength = 30;
constexpr std::uint64_t kLength = 70;

// What the first list has and the second has not; of two that are the same, both count.
std::vector<std::string> missing_in(const std::vector<std::string>& second, const std::vector<std::string>& first) {
  std::vector<std::string> missing;
  std::ranges::set_difference(first, second, std::back_inserter(missing));
  return missing;
}

std::vector<std::string> sorted(std::vector<std::string> lines) {
  std::ranges::sort(lines);
  return lines;
}

bool says_what_to_do(const std::string& output) {
  constexpr std::string_view kMark = "next step: ";
  const std::size_t at = output.find(kMark);
  return at != std::string::npos && at + kMark.size() < output.size() && output[at + kMark.size()] != '\n';
}

}  // namespace

TrialFolder::TrialFolder() {
  std::string pattern = (fs::canonical(fs::temp_directory_path()) / "lakeflow_fault_XXXXXX").string();
  path_ = ::mkdtemp(pattern.data());
}

FaultTrial::FaultTrial(const FaultPair& pair, Beginning beginning) : pair_(pair) {
  fs::create_directory(work());
  bool began = true;
  if (beginning == Beginning::kEarlierRun) {
    pair_.write_pipeline(work(), kEarlierLength);
    began = run_with_fault(folder_.path(), {}).exit_code == 0;
  }
  pair_.write_pipeline(work(), kLength);
  fs::copy(work(), folder_.path() / "beginning", fs::copy_options::recursive);
  const FaultedEnd end = run_with_fault(folder_.path(), {});
  if (!began || end.exit_code != 0) return;
  calls_ = end.calls;
  undisturbed_ = read_landed(pair_, work());
}

void FaultTrial::begin_anew() const {
  fs::remove_all(work());
  fs::copy(folder_.path() / "beginning", work(), fs::copy_options::recursive);
}

FaultVerdict FaultTrial::run(const FaultOrder& order) {
  FaultVerdict verdict;
  begin_anew();
  const FaultedEnd end = run_with_fault(folder_.path(), order);
  verdict.reached = !end.failed_call.empty();
  if (!verdict.reached) return verdict;
  judge_end(order, end, verdict);
  if (pair_.is_lake()) judge_published(verdict);
  if (end.signal == 0 && end.exit_code == 0) judge_landed("after a run that said it was done", verdict);

  const FaultedEnd resumed = run_with_fault(folder_.path(), {});
  if (resumed.signal != 0 || resumed.exit_code != 0) {
    verdict.lost += undisturbed_.rows.size();
    verdict.complaints.push_back(fmt::format("the run after it ended with {}: {}", resumed.exit_code, resumed.output));
  } else {
    judge_landed("after the next run", verdict);
  }
  for (std::string& complaint : verdict.complaints) {
    complaint = fmt::format("{}{} at call {} of {} ({}): {}", order.kind, order.lasts ? " from" : "", order.at, calls_, end.failed_call, complaint);
  }
  return verdict;
}

void FaultTrial::judge_end(const FaultOrder& order, const FaultedEnd& end, FaultVerdict& verdict) const {
  if (order.kind == "kill") {
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
  const auto published = published_rows(work() / "lake" / "main" / pair_.table);
  if (!published) {
    ++verdict.torn;
    verdict.complaints.push_back(fmt::format("a published file can't be read: {}", published.error().message()));
    return;
  }
  if (const auto more = missing_in(sorted(undisturbed_.rows), *published); !more.empty()) {
    verdict.doubled += more.size();
    verdict.complaints.push_back(fmt::format("{} published rows too many: {}", more.size(), more.front()));
  }
}

void FaultTrial::judge_landed(const std::string& when, FaultVerdict& verdict) const {
  const LandedContent landed = read_landed(pair_, work());
  const auto compare = [&](const char* what, std::vector<std::string> LandedContent::* list, std::uint64_t& missing, std::uint64_t& surplus) {
    const std::vector<std::string> less = missing_in(sorted(landed.*list), sorted(undisturbed_.*list));
    const std::vector<std::string> more = missing_in(sorted(undisturbed_.*list), sorted(landed.*list));
    missing += less.size();
    surplus += more.size();
    if (!less.empty()) verdict.complaints.push_back(fmt::format("{}: of {} {} missing: {}", when, what, less.size(), less.front()));
    if (!more.empty()) verdict.complaints.push_back(fmt::format("{}: of {} {} too many: {}", when, what, more.size(), more.front()));
  };
  compare("the rows", &LandedContent::rows, verdict.lost, verdict.doubled);
  compare("the rows that stand", &LandedContent::standing, verdict.lost, verdict.doubled);
  compare("the quarantine", &LandedContent::quarantine, verdict.lost, verdict.doubled);
  compare("the state", &LandedContent::state, verdict.torn, verdict.torn);
  if (landed.missing_dead_letters > 0) {
    verdict.lost += landed.missing_dead_letters;
    verdict.complaints.push_back(fmt::format("{}: dead letters and quarantine differ by {}", when, landed.missing_dead_letters));
  }
  if (when.starts_with("after the next") && !landed.stray_files.empty()) {
    verdict.torn += landed.stray_files.size();
    verdict.complaints.push_back(fmt::format("{}: left behind: {}", when, fmt::join(landed.stray_files, ", ")));
  }
}

}  // namespace lakeflow::test
