// Checks of what was logged while a table was read. They run last.

#include <algorithm>
#include <cctype>
#include <set>

#include "simulator/http/request_target.h"
#include "testing/connector/check.h"

namespace lakeflow {
namespace {

constexpr std::size_t kShortest = 6;  // of what can be looked for: shorter texts stand anywhere

Finding logs_no_secret(TableTrial& trial) {
  std::vector<std::pair<std::string, std::string>> secrets;  // name, value
  for (const OptionSpec& option : trial.request().spec->connection_options) {
    const std::string value = trial.request().connection_options.text(option.name);
    if (option.secret && value.size() >= kShortest) {
      secrets.emplace_back(option.name, value);
    }
  }
  if (secrets.empty()) {
    return skipped("the connection has no secret of {} letters or more", kShortest);
  }
  const std::vector<std::string> lines = trial.log().lines();
  for (const auto& [name, value] : secrets) {
    if (std::ranges::any_of(lines, [&](const std::string& line) { return line.contains(value) || percent_decode(line).contains(value); })) {
      return failed("the value of {} stands in the log", name);
    }
  }
  return passed("{} in none of {}", count_of(secrets.size(), "secret"), count_of(lines.size(), "line"));
}

// The words of a line, as ids are written.
std::set<std::string> words_of(const std::vector<std::string>& lines) {
  std::set<std::string> words;
  for (const std::string& line : lines) {
    std::string word;
    for (const char c : line + " ") {
      if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_') {
        word += c;
      } else if (!word.empty()) {
        words.insert(std::move(word));
        word.clear();
      }
    }
  }
  return words;
}

Finding logs_no_key(TableTrial& trial) {
  if (trial.table().metadata.primary_keys.empty()) {
    return skipped("the table has no key");
  }
  const std::vector<std::string> lines = trial.log().lines();
  const std::set<std::string> words = words_of(lines);
  std::set<std::string> keys;
  std::size_t found = 0;
  for (const ReadRow& row : trial.full().rows) {
    const std::string key = row.key.substr(0, row.key.find('\x1f'));
    const bool can_be_told = key.size() >= kShortest && std::ranges::any_of(key, [](unsigned char c) { return std::isdigit(c) != 0; });
    if (can_be_told && keys.insert(key).second) {
      found += words.contains(key) ? 1U : 0U;
    }
  }
  if (auto none = trial.no_rows()) {
    return *std::move(none);
  }
  if (keys.empty()) {
    return skipped("no key is long enough to be told from other words");
  }
  return found == 0 ? passed("{} in none of {}", count_of(keys.size(), "key"), count_of(lines.size(), "line"))
                    : failed("{} of {} keys stand in the log", found, keys.size());
}

}  // namespace

std::vector<TableCheckOf> secrecy_checks() {
  return {{"logs_no_secret", "a password that whoever reads the log has",
           "log names and counts; never a header, a URL's query or an option that is secret", logs_no_secret},
          {"logs_no_key", "a patient's number in a log", "log names and counts; never a value of a record", logs_no_key}};
}

}  // namespace lakeflow
