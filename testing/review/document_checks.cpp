// Documentation: the three documents, and what they must have in them (design document §2.1, §7).

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/ranges.h>

#include "testing/review/markdown.h"
#include "testing/review/review_trial.h"

namespace lakeflow {
namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return lower;
}

// A thing that a document speaks of: by one of these words, in lower case.
struct Topic {
  std::string_view name;
  std::vector<std::string_view> words;
};

bool speaks_of(std::string_view text, const Topic& topic) {
  const std::string lower = lower_case(text);
  return std::ranges::any_of(topic.words, [&](std::string_view word) { return lower.contains(word); });
}

// What `lakeflow new` writes for an author to answer.
constexpr std::array<std::string_view, 12> kQuestions = {"Say in a sentence what it brings",
                                                         "Say in one sentence what this connector brings",
                                                         "What must be there at the source, and who can give it.",
                                                         "Each line is a question: put its answer in its place.",
                                                         "Which system, which version, run by whom?",
                                                         "Who else reads the source, and what does it cost them?",
                                                         "| ? |",
                                                         "What does the source forget (retention, pages that expire, feeds that are cleaned up)?",
                                                         "What is shown to whom on the day that it is done?",
                                                         "by what; what tells the end; whether pages expire",
                                                         "which field is set with each change, by whom, how exact; do ties happen?",
                                                         "gone, marked, or told of somewhere?"};

// The question that stands in the line; nothing where none does.
std::string_view question_in(std::string_view line) {
  const auto question = std::ranges::find_if(kQuestions, [&](std::string_view text) { return line.contains(text); });
  return question == kQuestions.end() ? std::string_view() : *question;
}

// The headings that are there for the topics, each with something below it: its own text, or headings that follow one level down. A
// question of the template is no answer.
ReviewFinding has_headings(const ReviewTrial& trial, const std::string& path, const std::vector<Topic>& topics) {
  const SourceFile* const file = trial.tree.find(path);
  if (file == nullptr) {
    return review_failed(fmt::format("there is no {}", path));
  }
  const std::vector<MarkdownSection> sections = markdown_sections(file->text);
  std::vector<std::string> faults;
  for (const Topic& topic : topics) {
    const auto found = std::ranges::find_if(sections, [&](const MarkdownSection& section) { return speaks_of(section.title, topic); });
    if (found == sections.end()) {
      faults.push_back(fmt::format("{}: no heading \"{}\"", path, topic.name));
    }
  }
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const bool has_parts = i + 1 < sections.size() && sections[i + 1].level > sections[i].level;
    if (!sections[i].has_text && !has_parts) {
      faults.push_back(place_in(*file, sections[i].line, fmt::format("nothing below \"{}\"", sections[i].title)));
    }
  }
  std::size_t number = 0;
  for (const std::string_view line : lines_of(file->text)) {
    ++number;
    if (const std::string_view question = question_in(line); !question.empty()) {
      faults.push_back(place_in(*file, number, question));
    }
  }
  return none_of(faults, "fault", fmt::format("{}, {}", path, count_of(sections.size(), "heading")));
}

ReviewFinding design_document(const ReviewTrial& trial) {
  return has_headings(
      trial, "DESIGN.md",
      {{"The problem", {"problem"}}, {"Assumptions", {"assumption"}}, {"Scope", {"scope"}}, {"Risks", {"risk"}}, {"Acceptance", {"acceptance"}}});
}

ReviewFinding readme(const ReviewTrial& trial) {
  return has_headings(trial, "README.md",
                      {{"Prerequisites", {"prerequisites"}},
                       {"Setup", {"setup"}},
                       {"Required Connection Parameters", {"connection parameters"}},
                       {"Create a Unity Catalog Connection", {"unity catalog connection"}},
                       {"Supported Objects", {"supported objects"}}});
}

ReviewFinding api_document(const ReviewTrial& trial) {
  ReviewFinding finding = has_headings(trial, trial.api_document(), {});
  const SourceFile* const file = trial.tree.find(trial.api_document());
  if (file == nullptr) {
    return finding;
  }
  const std::vector<Topic> topics = {{"requests, or files", {"request", "get ", "file"}},
                                     {"getting in", {"auth", "token", "credential", "password", "permission"}},
                                     {"pages", {"page", "paging"}},
                                     {"order or cursor", {"order", "sort", "cursor"}},
                                     {"deletes", {"delet"}},
                                     {"limits", {"limit"}}};
  for (const Topic& topic : topics) {
    if (!speaks_of(file->text, topic)) {
      finding.places.push_back(fmt::format("{}: not a word on {}", file->path, topic.name));
    }
  }
  return none_of(finding.places, "fault", finding.evidence);
}

// A line of Markdown without what stands between backticks.
std::string without_code(std::string_view line) {
  std::string prose;
  bool in_code = false;
  for (const char letter : line) {
    in_code ^= letter == '`';
    if (!in_code) {
      prose += letter;
    }
  }
  return prose;
}

// What of a template stands in the line; nothing where nothing does. Code is looked at for the questions alone.
std::string template_text_in(std::string_view line, bool is_code) {
  // With brackets, as this project's own rules look for these marks.
  static const std::regex pattern(
      "\\b(T[O]DO|F[I]XME|T[B]D)\\b|\\{(connector|name|NAME)\\}|<([Cc]onnector|NAME|table|your [^>]*|describe[^>]*)>|\\b[Ll]orem ipsum\\b|"
      "<!-- *(template|replace|write|describe)|\\b(Replace|Describe|Write|Fill in) (this|here|me)\\b|^[-*#|\\s]*(…|\\.\\.\\.)[\\s|]*$");
  if (const std::string_view question = question_in(line); !question.empty()) {
    return std::string(question);
  }
  const std::string prose = without_code(line);
  std::smatch found;
  return !is_code && prose.size() < 2000 && std::regex_search(prose, found, pattern) ? found.str() : std::string();
}

ReviewFinding has_no_template_text(const ReviewTrial& trial) {
  std::vector<std::string> places;
  std::size_t documents = 0;
  for (const SourceFile& file : trial.tree.files) {
    if (file.kind != FileKind::kDocument && file.path != "connector_spec.yaml") {
      continue;
    }
    documents += file.kind == FileKind::kDocument ? 1U : 0U;
    bool in_code = file.kind != FileKind::kDocument;
    std::size_t number = 0;
    for (const std::string_view line : lines_of(file.text)) {
      ++number;
      in_code ^= line.starts_with("```");
      if (const std::string found = template_text_in(line, in_code); !found.empty()) {
        places.push_back(place_in(file, number, found));
      }
    }
  }
  return documents == 0 ? review_failed("the folder has no document")
                        : none_of(places, "place", fmt::format("none in {}", count_of(documents, "document")));
}

}  // namespace

std::vector<ReviewCheckOf> document_checks() {
  return {{"api_document", "what was found out about the source, and how", "write NAME_api_doc.md (WORKFLOW.md, phase 1)", api_document},
          {"design_document", "why it is as it is", "answer the five headings of the planning session in DESIGN.md (design document §2.1)",
           design_document},
          {"readme", "whoever wants to use it", "write README.md by the headings of the design document, §7.2", readme},
          {"has_no_template_text", "the reader's trust in the rest", "write what belongs there, or take it out", has_no_template_text}};
}

}  // namespace lakeflow
