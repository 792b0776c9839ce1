#pragma once

#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "testing/connector/finding.h"
#include "testing/review/connector_review.h"
#include "testing/review/git_history.h"
#include "testing/review/source_tree.h"

namespace lakeflow {

// A table as the connector declares it, or the error of the method that could not.
struct DeclaredTable {
  std::string name;
  std::shared_ptr<arrow::Schema> schema;
  std::optional<TableMetadata> metadata;
  std::optional<Error> fault;
};

// What the checks look at; gathered once.
struct ReviewTrial {
  const ReviewRequest& request;
  SourceTree tree;
  std::optional<GitHistory> git;
  std::optional<Error> no_git;  // why there is none
  std::unique_ptr<LakeflowConnect> connector;
  std::optional<Error> no_connector;  // why it could not be made, or could not list its tables
  std::vector<DeclaredTable> tables;

  static Result<ReviewTrial> make(const ReviewRequest& request);

  const ConnectorSpec& spec() const { return request.connector->spec; }
  std::string api_document() const { return spec().name + "_api_doc.md"; }
  std::string test_file() const { return fmt::format("test/test_{}_lakeflow_connect.cpp", spec().name); }
};

// What a check says.
struct ReviewFinding {
  ReviewVerdict verdict = ReviewVerdict::kNotShown;
  std::string evidence;
  std::vector<std::string> places = {};
  std::string next = {};  // instead of the check's own `mend`: what would show it
};

inline ReviewFinding review_passed(std::string evidence, const std::vector<std::string>& places = {}) {
  return {ReviewVerdict::kPassed, std::move(evidence), places};
}
inline ReviewFinding review_failed(std::string evidence, const std::vector<std::string>& places = {}) {
  return {ReviewVerdict::kFailed, std::move(evidence), places};
}
inline ReviewFinding needs_person(std::string evidence, const std::vector<std::string>& places = {}) {
  return {ReviewVerdict::kNeedsPerson, std::move(evidence), places};
}
inline ReviewFinding not_shown(std::string evidence, std::string_view next) {
  return {ReviewVerdict::kNotShown, std::move(evidence), {}, std::string(next)};
}
inline ReviewFinding not_shown(const Error& why) { return not_shown(why.message(), why.next_step()); }

// Passed where there are no places, else failed with them.
ReviewFinding none_of(const std::vector<std::string>& places, std::string_view what, std::string passed_evidence);

// One item of the checklist.
struct ReviewCheckOf {
  std::string_view name;
  std::string_view protects;
  std::string_view mend;
  ReviewFinding (*run)(const ReviewTrial& trial);
};

// By the sections of the checklist. Those of a section may lie in several files.
std::vector<ReviewCheckOf> contract_checks();       // code: what the connector declares and answers
std::vector<ReviewCheckOf> source_text_checks();    // code: what its source code says
std::vector<ReviewCheckOf> testing_checks();        // testing
std::vector<ReviewCheckOf> document_checks();       // documentation: what the documents have in them
std::vector<ReviewCheckOf> reference_checks();      // documentation: options, tables, examples
std::vector<ReviewCheckOf> credential_checks();     // security: what stands in the folder and in its history
std::vector<ReviewCheckOf> secret_option_checks();  // security: how secrets are declared and shown

// "lakeflow_connect.cpp:40: std::cout": each match of the pattern in the files of the kind; in their code alone, where they are code. `what` is said
// instead of the match, where it is given.
std::vector<std::string> places_of(const SourceTree& tree, FileKind kind, const std::regex& pattern, std::string_view what = {});
std::string place_in(const SourceFile& file, std::size_t line, std::string_view what);

}  // namespace lakeflow
