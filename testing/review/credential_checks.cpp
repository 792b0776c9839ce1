// Security: credentials in the folder and in its history.

#include <set>

#include "testing/review/credential.h"
#include "testing/review/review_trial.h"

namespace lakeflow {
namespace {

constexpr std::string_view kFetchAll = "git fetch --unshallow";

// A remark stands on the line, or on the one above it.
bool is_marked(const std::vector<std::string_view>& lines, std::size_t i) {
  return is_marked_as_no_credential(lines[i]) || (i > 0 && is_marked_as_no_credential(lines[i - 1]));
}

struct Found {
  std::vector<std::string> places;
  std::set<std::string> marked;  // values that somebody says are none
};

Found look(const ReviewTrial& trial, std::optional<FoundCredential> (*find)(std::string_view)) {
  Found all;
  for (const SourceFile& file : trial.tree.files) {
    const std::vector<std::string_view> lines = lines_of(file.text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const auto found = find(lines[i]);
      if (found && is_marked(lines, i)) {
        all.marked.insert(found->value);
      } else if (found) {
        all.places.push_back(place_in(file, i + 1, found->kind));
      }
    }
  }
  return all;
}

std::string marked_text(const Found& found) { return found.marked.empty() ? "" : fmt::format(", {} marked as none", found.marked.size()); }

ReviewFinding no_credentials_in_files(const ReviewTrial& trial) {
  Found found = look(trial, credential_in);
  std::string evidence = fmt::format("none in {}{}", count_of(trial.tree.files.size(), "file"), marked_text(found));
  return none_of(found.places, "line", std::move(evidence));
}

ReviewFinding no_credentials_in_history(const ReviewTrial& trial) {
  if (!trial.git) {
    return not_shown(*trial.no_git);
  }
  const Found today = look(trial, credential_in);
  std::vector<std::string> places;
  std::size_t lines = 0;
  const Status read = trial.git->visit_added_lines([&](const AddedLine& line) {
    ++lines;
    const auto found = credential_in(line.text);
    if (found && !today.marked.contains(found->value) && !is_marked_as_no_credential(line.text)) {
      places.push_back(fmt::format("commit {}: {}:{}: {}", line.commit, line.path, line.line, found->kind));
    }
  });
  if (!read) {
    return not_shown(read.error());
  }
  if (places.empty() && trial.git->is_shallow()) {
    return not_shown(fmt::format("the clone is shallow: only {} are here", count_of(trial.git->commits(), "commit")), kFetchAll);
  }
  return none_of(places, "line", fmt::format("none in {} of {}", count_of(lines, "line"), count_of(trial.git->commits(), "commit")));
}

ReviewFinding urls_have_no_passwords(const ReviewTrial& trial) {
  Found found = look(trial, userinfo_in);
  std::string evidence = fmt::format("none in {}{}", count_of(trial.tree.files.size(), "file"), marked_text(found));
  return none_of(found.places, "line", std::move(evidence));
}

constexpr const char* kConfig = "configs/dev_config.json";

ReviewFinding dev_config_is_ignored(const ReviewTrial& trial) {
  if (!trial.git) {
    return not_shown(*trial.no_git);
  }
  if (trial.git->tracks(kConfig)) {
    return review_failed(fmt::format("{} is committed, or about to be", kConfig));
  }
  return trial.git->ignores(kConfig) ? review_passed(fmt::format("git ignores {}", kConfig))
                                     : review_failed(fmt::format("git does not ignore {}", kConfig));
}

ReviewFinding dev_config_was_never_committed(const ReviewTrial& trial) {
  if (!trial.git) {
    return not_shown(*trial.no_git);
  }
  const auto commits = trial.git->commits_of(kConfig);
  if (!commits) {
    return not_shown(commits.error());
  }
  std::vector<std::string> places;
  for (const std::string& commit : *commits) {
    places.push_back(fmt::format("commit {}: {}", commit, kConfig));
  }
  if (places.empty() && trial.git->is_shallow()) {
    return not_shown("the clone is shallow", kFetchAll);
  }
  return none_of(places, "commit", fmt::format("none of {} has it", count_of(trial.git->commits(), "commit")));
}

}  // namespace

std::vector<ReviewCheckOf> credential_checks() {
  constexpr std::string_view kRevoke = "revoke it first, as whoever has a clone has it; then take it out of the history (git filter-repo)";
  return {{"no_credentials_in_files", "the source, to whoever reads the code",
           "revoke it, take it out, and ask for it by an option with secret: true; one of a test gets the remark: not a credential",
           no_credentials_in_files},
          {"no_credentials_in_history", "the source, to whoever clones the repository", kRevoke, no_credentials_in_history},
          {"urls_have_no_passwords", "a password in each log that shows the URL", "give user and password as options of their own",
           urls_have_no_passwords},
          {"dev_config_is_ignored", "credentials of a test, with the next commit", "put dev_config.json into .gitignore", dev_config_is_ignored},
          {"dev_config_was_never_committed", "credentials of a test, to whoever clones the repository", kRevoke, dev_config_was_never_committed}};
}

}  // namespace lakeflow
