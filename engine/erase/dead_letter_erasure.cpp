#include "engine/erase/dead_letter_erasure.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <system_error>

#include "engine/ingest/dead_letters.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool holds_any(std::string_view bytes, std::span<const std::string> texts) {
  return std::ranges::any_of(texts, [&](const std::string& text) { return holds_word(bytes, text); });
}

Error failure(const fs::path& path, const char* what, int reason) {
  return Error::destination(fmt::format("of the dead letters {} {}: {}", path.string(), what, std::generic_category().message(reason)),
                            "mend that and erase again: what could be erased is gone, these records may be left");
}

Status for_each_line(const fs::path& path, const std::function<Status(const std::string&)>& visit) {
  std::ifstream lines(path, std::ios::binary);
  if (!lines) {
    return std::unexpected(failure(path, "can't be read", errno));
  }
  for (std::string line; std::getline(lines, line);) {
    LAKEFLOW_TRY(visit(line));
  }
  if (lines.bad()) {
    return std::unexpected(failure(path, "can't be read", EIO));
  }
  return {};
}

// The files of records, below the folder, that hold one of the texts: also those that no line of the index names any more.
Result<std::set<std::string>> persons_files(const fs::path& folder, std::span<const std::string> texts) {
  std::set<std::string> files;
  std::error_code failed;
  for (fs::directory_iterator entry(folder / DeadLetters::kRecords, failed); !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
    if (!entry->is_regular_file(failed)) {
      continue;
    }
    std::ifstream file(entry->path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    if (!file) {
      return std::unexpected(failure(entry->path(), "can't be read", EIO));
    }
    if (holds_any(bytes, texts)) {
      files.insert((fs::path(DeadLetters::kRecords) / entry->path().filename()).string());
    }
  }
  if (failed && failed != std::errc::no_such_file_or_directory && failed != std::errc::not_a_directory) {
    return std::unexpected(failure(folder, "can't be read", failed.value()));
  }
  return files;
}

Status sync_folder(const fs::path& folder) {
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = directory >= 0 && ::fsync(directory) == 0;
  const int reason = errno;
  if (directory >= 0) {
    ::close(directory);
  }
  return synced ? Status() : std::unexpected(failure(folder, "can't be synced", reason));
}

}  // namespace

bool holds_word(std::string_view bytes, std::string_view text) {
  if (text.empty()) {
    return false;
  }
  auto at = bytes.begin();
  while (true) {  // `at` moves on
    const auto found = std::search(at, bytes.end(), text.begin(), text.end(), [](char a, char b) { return lower(a) == lower(b); });
    if (found == bytes.end()) {
      return false;
    }
    const auto behind = found + std::ssize(text);
    if ((found == bytes.begin() || !is_letter_or_digit(found[-1])) && (behind == bytes.end() || !is_letter_or_digit(*behind))) {
      return true;
    }
    at = found + 1;
  }
}

Result<std::uint64_t> count_dead_letters(const fs::path& folder, std::span<const std::string> texts) {
  LAKEFLOW_ASSIGN(const std::set<std::string> files, persons_files(folder, texts));
  return files.size();
}

Status erase_dead_letters(const fs::path& folder, std::span<const std::string> texts) {
  LAKEFLOW_ASSIGN(const std::set<std::string> files, persons_files(folder, texts));
  if (files.empty()) {
    return {};
  }
  for (const std::string& file : files) {
    if (::unlink((folder / file).c_str()) != 0) {
      return std::unexpected(failure(folder / file, "can't be removed", errno));
    }
  }
  LAKEFLOW_TRY(sync_folder(folder / DeadLetters::kRecords));
  const fs::path index = folder / DeadLetters::kIndex;
  std::error_code ignored;
  if (!fs::is_regular_file(index, ignored)) {
    return {};
  }
  const fs::path unfinished = index.string() + ".unfinished";
  fs::remove(unfinished, ignored);
  const int descriptor = ::open(unfinished.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  std::FILE* const file = descriptor < 0 ? nullptr : ::fdopen(descriptor, "w");
  if (file == nullptr) {
    return std::unexpected(failure(unfinished, "can't be made", errno));
  }
  Status kept = for_each_line(index, [&](const std::string& line) -> Status {
    if (files.contains(dead_letter_file(line))) {
      return {};
    }
    if (std::fwrite(line.data(), 1, line.size(), file) != line.size() || std::fputc('\n', file) == EOF) {
      return std::unexpected(failure(unfinished, "can't be written", errno));
    }
    return {};
  });
  if (kept && (std::fflush(file) != 0 || ::fsync(descriptor) != 0)) {
    kept = std::unexpected(failure(unfinished, "can't be written", errno));
  }
  std::fclose(file);
  if (kept && std::rename(unfinished.c_str(), index.c_str()) != 0) {
    kept = std::unexpected(failure(index, "can't be replaced", errno));
  }
  if (!kept) {
    fs::remove(unfinished, ignored);
    return kept;
  }
  return sync_folder(folder);
}

}  // namespace lakeflow
