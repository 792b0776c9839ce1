#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/soak/fault_pair.h"
#include "tests/soak/faulted_process.h"
#include "tests/soak/landed_content.h"

namespace lakeflow::test {

// A folder of its own for temporary files, gone with the object.
class TrialFolder {
 public:
  TrialFolder();
  ~TrialFolder() { std::filesystem::remove_all(path_); }
  TrialFolder(const TrialFolder&) = delete;
  TrialFolder& operator=(const TrialFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// What came of a run with one fault and of the run after it.
struct FaultVerdict {
  bool reached = false;                 // the call came; else there is nothing to judge
  bool crashed = false;                 // an error that was injected ended the process by a signal
  std::uint64_t lost = 0;               // rows of the undisturbed run that are not there
  std::uint64_t doubled = 0;            // rows that the undisturbed run has not, or not so often
  std::uint64_t torn = 0;               // files that could not be read, drafts that stayed, state or quarantine that is another
  std::vector<std::string> complaints;  // each of the above, and what the run said or left out to say
};

// A run of one pair, over and over, each time from the same beginning and with another fault.
class FaultTrial {
 public:
  // What the run finds: nothing, or what an earlier one landed of a source that has grown and changed since.
  enum class Beginning { kNothing, kEarlierRun };

  // Makes the beginning, and lets one run go undisturbed. ok() says whether that worked.
  FaultTrial(const FaultPair& pair, Beginning beginning);

  bool ok() const { return calls_ > 0; }
  std::uint64_t calls() const { return calls_; }
  // Where the power can be cut: before each call that changes what that leaves, and at the end.
  std::uint64_t cuts() const { return cuts_; }
  const LandedContent& undisturbed() const { return undisturbed_; }

  FaultVerdict run(const FaultOrder& order);

 private:
  std::filesystem::path work() const { return folder_.path() / "work"; }
  void begin_anew() const;
  Result<std::vector<std::string>> read_published() const;
  FaultedEnd run_faulted(const FaultOrder& order) const;
  void judge_end(const FaultOrder& order, const FaultedEnd& end, FaultVerdict& verdict) const;
  void judge_published(FaultVerdict& verdict) const;
  void judge_landed(const std::string& when, const FaultedEnd& end, FaultVerdict& verdict) const;
  void judge_leftovers(FaultVerdict& verdict) const;

  const FaultPair& pair_;
  const TrialFolder folder_;
  std::uint64_t calls_ = 0;
  std::uint64_t cuts_ = 0;
  LandedContent undisturbed_;
  std::vector<std::string> published_;  // of a lake: what the undisturbed run shows to who reads its files
};

}  // namespace lakeflow::test
