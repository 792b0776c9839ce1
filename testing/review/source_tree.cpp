#include "testing/review/source_tree.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace lakeflow {
namespace {

constexpr std::uintmax_t kLargestText = 4U << 20U;

FileKind kind_of(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  constexpr std::array<std::string_view, 5> kCode{".cpp", ".h", ".cc", ".hpp", ".cxx"};
  if (std::ranges::find(kCode, extension) != kCode.end()) {
    return path.starts_with("test/") || path.contains("/test/") ? FileKind::kTestCode : FileKind::kCode;
  }
  return extension == ".md" ? FileKind::kDocument : FileKind::kOther;
}

// Folders that a build or a tool makes.
bool is_passed_over(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  return name == ".git" || name == "build" || name == ".venv" || name == "__pycache__";
}

bool is_identifier(char letter) { return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_'; }

// Blanks out what is no code, letter by letter.
class CodeBlanker {
 public:
  explicit CodeBlanker(std::string_view text) : text_(text), code_(text) {}

  std::string run() {
    while (at_ < text_.size()) {
      if (rest().starts_with("//")) {
        blank_until(line_end());
      } else if (rest().starts_with("/*")) {
        blank_until(behind("*/"));
      } else if (is_raw_literal()) {
        blank_raw_literal();
      } else if (text_[at_] == '"' || (text_[at_] == '\'' && (at_ == 0 || !is_identifier(text_[at_ - 1])))) {
        blank_literal(text_[at_]);
      } else if (text_[at_] == '#' && rest().substr(1, 7) == "include") {
        at_ = line_end();
      } else {
        ++at_;
      }
    }
    return std::move(code_);
  }

 private:
  std::string_view rest() const { return text_.substr(at_); }
  std::size_t line_end() const { return std::min(text_.find('\n', at_), text_.size()); }
  std::size_t behind(std::string_view end) const {
    const std::size_t found = text_.find(end, at_);
    return found == std::string_view::npos ? text_.size() : found + end.size();
  }

  void blank_until(std::size_t end) {
    for (; at_ < end; ++at_) {
      if (code_[at_] != '\n') {
        code_[at_] = ' ';
      }
    }
  }

  bool is_raw_literal() const { return rest().starts_with("R\"") && (at_ == 0 || !is_identifier(text_[at_ - 1])); }

  void blank_raw_literal() {
    const std::size_t open = text_.find('(', at_);
    const std::string_view name = text_.substr(at_ + 2, open == std::string_view::npos ? 0 : open - at_ - 2);
    blank_until(behind(fmt::format("){}\"", name)));
  }

  void blank_literal(char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2U : 1U;
    }
    ++at_;
    blank_until(std::min(end, text_.size()));
    at_ += at_ < text_.size() ? 1U : 0U;
  }

  const std::string_view text_;
  std::string code_;
  std::size_t at_ = 0;
};

}  // namespace

const SourceFile* SourceTree::find(std::string_view path) const {
  const auto found = std::ranges::find(files, path, &SourceFile::path);
  return found == files.end() ? nullptr : &*found;
}

std::string code_alone(std::string_view text) { return CodeBlanker(text).run(); }

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::size_t line_of(std::string_view text, std::size_t place) {
  return 1U + static_cast<std::size_t>(std::ranges::count(text.substr(0, place), '\n'));
}

Result<SourceTree> read_source_tree(const std::filesystem::path& folder, const std::vector<std::string>& ignored) {
  SourceTree tree{.folder = folder, .files = {}};
  std::error_code problem;
  std::filesystem::recursive_directory_iterator entries(folder, problem);
  for (; !problem && entries != std::filesystem::recursive_directory_iterator(); entries.increment(problem)) {
    const std::string path = std::filesystem::path(entries->path()).lexically_relative(folder).generic_string();
    const bool is_ignored = std::ranges::find(ignored, path) != ignored.end();
    if (entries->is_directory()) {
      if (is_ignored || is_passed_over(entries->path())) {
        entries.disable_recursion_pending();
      }
      continue;
    }
    std::error_code unreadable;
    if (is_ignored || !entries->is_regular_file() || entries->file_size(unreadable) > kLargestText || unreadable) {
      continue;
    }
    std::ifstream stream(entries->path(), std::ios::binary);
    std::stringstream text;
    text << stream.rdbuf();
    SourceFile file{.path = path, .kind = kind_of(path), .text = std::move(text).str(), .code = {}};
    if (file.text.contains('\0')) {
      continue;
    }
    if (file.kind == FileKind::kCode || file.kind == FileKind::kTestCode) {
      file.code = code_alone(file.text);
    }
    tree.files.push_back(std::move(file));
  }
  if (problem) {
    return std::unexpected(Error::user(fmt::format("{} can't be read: {}", folder.string(), problem.message())));
  }
  std::ranges::sort(tree.files, {}, &SourceFile::path);
  return tree;
}

}  // namespace lakeflow
