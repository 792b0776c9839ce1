#include "engine/erase/dead_letter_erasure.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <functional>
#include <system_error>

#include <nlohmann/json.hpp>

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string from_base64(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    int value = 0;
    if (c >= 'A' && c <= 'Z') {
      value = c - 'A';
    } else if (c >= 'a' && c <= 'z') {
      value = c - 'a' + 26;
    } else if (c >= '0' && c <= '9') {
      value = c - '0' + 52;
    } else if (c == '+' || c == '/') {
      value = c == '+' ? 62 : 63;
    } else {
      break;
    }
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<char>((bits >> static_cast<unsigned>(count)) & 255U));
    }
  }
  return bytes;
}

// The record of a line; the line itself where it is none of ours.
std::string record_of(const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (json.is_object()) {
    if (const auto bytes = json.find("bytes"); bytes != json.end() && bytes->is_string()) {
      return bytes->get<std::string>();
    }
    if (const auto bytes = json.find("bytes_base64"); bytes != json.end() && bytes->is_string()) {
      return from_base64(bytes->get<std::string>());
    }
  }
  return line;
}

bool holds_any(const std::string& line, std::span<const std::string> texts) {
  const std::string record = record_of(line);
  return std::ranges::any_of(texts, [&](const std::string& text) { return holds_word(record, text); });
}

Error failure(const fs::path& path, const char* what, int reason) {
  return Error::destination(fmt::format("the dead letter file {} {}: {}", path.string(), what, std::generic_category().message(reason)),
                            "mend that and erase again: what could be erased is gone, these lines may be left");
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

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
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

Result<std::uint64_t> count_dead_letters(const fs::path& path, std::span<const std::string> texts) {
  std::uint64_t count = 0;
  if (is_there(path)) {
    LAKEFLOW_TRY(for_each_line(path, [&](const std::string& line) -> Status {
      count += holds_any(line, texts) ? 1U : 0U;
      return {};
    }));
  }
  return count;
}

Status erase_dead_letters(const fs::path& path, std::span<const std::string> texts) {
  if (!is_there(path)) {
    return {};
  }
  const fs::path unfinished = path.string() + ".unfinished";
  std::error_code ignored;
  fs::remove(unfinished, ignored);
  const int descriptor = ::open(unfinished.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  std::FILE* const file = descriptor < 0 ? nullptr : ::fdopen(descriptor, "w");
  if (file == nullptr) {
    return std::unexpected(failure(unfinished, "can't be made", errno));
  }
  Status kept = for_each_line(path, [&](const std::string& line) -> Status {
    if (holds_any(line, texts)) {
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
  if (kept && std::rename(unfinished.c_str(), path.c_str()) != 0) {
    kept = std::unexpected(failure(path, "can't be replaced", errno));
  }
  if (!kept) {
    fs::remove(unfinished, ignored);
    return kept;
  }
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); directory >= 0) {
    ::fsync(directory);
    ::close(directory);
  }
  return {};
}

}  // namespace lakeflow
