#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "testing/review/connector_review.h"

namespace lakeflow {

// What a connector does that no text shows.
enum class LedgerFault {
  kNone,
  kTakesAnyTable,
  kNoNearestTable,
  kNoSchema,
  kDeclaresDeletesThatItHasNot,
  kColumnOfMaps,
  kNarrowInteger,
};

// A copy of the connector `ledger` (test/ledger) in a folder and a repository of its own, into which violations are planted.
class ReviewedLedger {
 public:
  ReviewedLedger();
  ~ReviewedLedger();
  ReviewedLedger(const ReviewedLedger&) = delete;
  ReviewedLedger& operator=(const ReviewedLedger&) = delete;

  // Files by their paths below the folder.
  void write(const std::string& path, const std::string& text);
  void append(const std::string& path, const std::string& text);
  void replace(const std::string& path, const std::string& old_text, const std::string& new_text);
  void remove(const std::string& path);
  // Runs git in the folder.
  void git(const std::string& arguments);
  void commit() { git("add --all && git commit --quiet --message change"); }

  void set_fault(LedgerFault fault) { fault_ = fault; }
  // What the suite found: that of the sound ledger, where nothing else is said.
  std::optional<std::vector<CheckResult>>& suite() { return suite_; }

  const std::filesystem::path& folder() const { return folder_; }
  std::vector<ReviewResult> review() { return review_folder(folder_); }
  // The same of another folder: a clone.
  std::vector<ReviewResult> review_folder(const std::filesystem::path& folder);

 private:
  std::string read(const std::string& path) const;

  std::filesystem::path folder_;
  LedgerFault fault_ = LedgerFault::kNone;
  std::optional<std::vector<CheckResult>> suite_;
};

}  // namespace lakeflow
