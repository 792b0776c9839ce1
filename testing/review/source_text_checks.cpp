// Code: what its source code says.

#include <algorithm>

#include <fmt/ranges.h>

#include "testing/review/review_trial.h"

namespace lakeflow {
namespace {

std::size_t code_files(const ReviewTrial& trial) {
  return static_cast<std::size_t>(std::ranges::count(trial.tree.files, FileKind::kCode, &SourceFile::kind));
}

ReviewFinding without(const ReviewTrial& trial, const char* pattern, std::string_view what) {
  if (code_files(trial) == 0) {
    return not_shown("the folder has no C++", "name the folder of its source code: --folder");
  }
  return none_of(places_of(trial.tree, FileKind::kCode, std::regex(pattern)), what, fmt::format("none in {}", count_of(code_files(trial), "file")));
}

ReviewFinding prints_nothing(const ReviewTrial& trial) {
  return without(trial, "\\bstd::(cout|cerr|clog)\\b|\\b(fmt::print|std::println?|f?printf|puts|putchar)\\s*\\(", "print");
}

ReviewFinding has_no_main(const ReviewTrial& trial) { return without(trial, "\\bint\\s+main\\s*\\(", "main"); }

ReviewFinding has_no_mock_objects(const ReviewTrial& trial) {
  return without(trial, "gmock|\\bMOCK_[A-Z]+|\\b(Mock|Fake|Stub)[A-Z]\\w*|\\b\\w*_?mock(_\\w+)?\\b|\\b\\w+Mock\\b", "mock");
}

// The text between the brace at or behind `place` and the one that closes it.
std::string_view block_behind(std::string_view code, std::size_t place) {
  const std::size_t open = code.find('{', place);
  if (open == std::string_view::npos) {
    return {};
  }
  int depth = 0;
  for (std::size_t at = open; at < code.size(); ++at) {
    depth += code[at] == '{' ? 1 : code[at] == '}' ? -1 : 0;
    if (depth == 0) {
      return code.substr(open, at - open + 1);
    }
  }
  return code.substr(open);
}

// Each match of the pattern, with the block behind it.
void visit_blocks(const ReviewTrial& trial, const std::regex& pattern, const auto& visit) {
  for (const SourceFile& file : trial.tree.files) {
    if (file.kind != FileKind::kCode) {
      continue;
    }
    std::size_t line_begin = 0;
    for (const std::string_view line : lines_of(file.code)) {
      std::cmatch found;
      if (std::regex_search(line.data(), line.data() + line.size(), found, pattern)) {
        const std::size_t place = line_begin + static_cast<std::size_t>(found.position() + found.length());
        visit(file, place, block_behind(file.code, place));
      }
      line_begin += line.size() + 1;
    }
  }
}

bool has_word_of(std::string_view block, const char* pattern) { return std::regex_search(std::string(block), std::regex(pattern)); }

ReviewFinding swallows_no_error(const ReviewTrial& trial) {
  std::vector<std::string> swallowed;
  std::size_t seen = 0;
  visit_blocks(trial, std::regex("\\bcatch\\s*\\(\\s*(\\.\\.\\.|(const\\s+)?std::exception\\b[^)]*)\\s*\\)"),
               [&](const SourceFile& file, std::size_t place, std::string_view block) {
                 ++seen;
                 if (!has_word_of(block, "\\bthrow\\b|\\bunexpected\\b|\\bError\\b|\\bcurrent_exception\\b|\\bterminate\\b")) {
                   swallowed.push_back(place_in(file, line_of(file.code, place), "catches all, and goes on"));
                 }
               });
  return none_of(swallowed, "place", seen == 0 ? "nothing catches all" : fmt::format("{} that make an error of it", count_of(seen, "catch-all")));
}

std::string remark_on(const SourceFile& file, std::size_t line) {
  const std::string_view text = lines_of(file.text)[line - 1];
  const std::size_t remark = text.find("//");
  return remark == std::string_view::npos ? "nothing says what ends it" : std::string(text.substr(text.find_first_not_of("/ ", remark)));
}

ReviewFinding loops_have_an_end(const ReviewTrial& trial) {
  std::vector<std::string> open;
  std::size_t seen = 0;
  visit_blocks(trial, std::regex("\\bwhile\\s*\\(\\s*(true|1)\\s*\\)|\\bfor\\s*\\(\\s*;\\s*;\\s*\\)"),
               [&](const SourceFile& file, std::size_t place, std::string_view block) {
                 ++seen;
                 if (!has_word_of(block, "stop|deadline|timed_out|interrupted")) {
                   const std::size_t line = line_of(file.code, place);
                   open.push_back(place_in(file, line, remark_on(file, line)));
                 }
               });
  if (!open.empty()) {
    return needs_person(fmt::format("{} of {} look neither at a stop nor at a deadline", open.size(), count_of(seen, "endless loop")), open);
  }
  return review_passed(seen == 0 ? "no endless loop" : fmt::format("{}, each with a look at a stop or a deadline", count_of(seen, "endless loop")));
}

ReviewFinding requests_are_retried(const ReviewTrial& trial) {
  const std::vector<std::string> own = places_of(trial.tree, FileKind::kCode,
                                                 std::regex("#include\\s*[<\"](sys/socket|netinet/|arpa/inet|netdb|curl/|httplib|boost/"
                                                            "(asio|beast)|asio|cpr/|Poco/Net)[^>\"]*|\\bcurl_easy_\\w+|::socket\\("));
  if (!own.empty()) {
    return review_failed(fmt::format("{} with the network beside libs/http", count_of(own.size(), "place")), own);
  }
  std::size_t passes = 0;
  std::vector<std::string> failed;
  for (const CheckResult& result : trial.request.suite.value_or(std::vector<CheckResult>())) {
    if (std::regex_search(result.check, std::regex("^(survives_|waits_when_|keeps_credentials_)"))) {
      passes += result.verdict == Verdict::kPassed ? 1U : 0U;
      if (result.verdict == Verdict::kFailed) {
        failed.push_back(fmt::format("suite: failed {} of {}", result.check, result.table));
      }
    }
  }
  if (!failed.empty()) {
    return review_failed(count_of(failed.size(), "check of the network") + " failed", failed);
  }
  const std::vector<std::string> used =
      places_of(trial.tree, FileKind::kCode, std::regex("#include\\s*\"(libs/(http|object_store)|sources/rest)/[^\"]*\""));
  if (used.empty()) {
    return review_passed("it includes nothing that makes requests");
  }
  return review_passed(fmt::format("requests go by {}, which retries with growing waits, within a budget{}",
                                   used.front().substr(used.front().find('"')),
                                   passes == 0 ? "" : fmt::format("; {} of the suite passed", count_of(passes, "check of the network"))));
}

ReviewFinding converts_nothing(const ReviewTrial& trial) {
  std::vector<std::string> places = places_of(trial.tree, FileKind::kCode, std::regex("\\b(\\w*Builder|dump|stod|stoi|stol|strtod)\\s*\\("));
  const bool has_own_decoder = dynamic_cast<OwnDecoder*>(trial.connector.get()) != nullptr;
  return needs_person(
      fmt::format("{}; {} in its code that may convert or write values",
                  has_own_decoder ? "it has a decoder of its own" : "the framework decodes its records", count_of(places.size(), "place")),
      places);
}

}  // namespace

std::vector<ReviewCheckOf> source_text_checks() {
  return {
      {"requests_are_retried", "a run that ends at the first 503",
       "make requests by libs/http (or sources/rest): retries, limits and a stop are in it", requests_are_retried},
      {"swallows_no_error", "rows that are lost in silence", "return the error, or catch what is expected alone", swallows_no_error},
      {"loops_have_an_end", "a process that has to be killed",
       "what ends the loop, if the source never does? a look at the stop token and the deadline does", loops_have_an_end},
      {"prints_nothing", "results that can't be piped on, and logs that nobody keeps", "log by ReadContext::log (base/logging.h)", prints_nothing},
      {"has_no_mock_objects", "data that nobody sent", "take it out of the connector; tests have simulators", has_no_mock_objects},
      {"has_no_main", "a connector that can't be linked", "take it out: the command is main", has_no_main},
      {"converts_nothing", "values as the source sent them",
       "do the readers hand out the bytes as they came, and does only a decoder make columns of them?", converts_nothing}};
}

}  // namespace lakeflow
