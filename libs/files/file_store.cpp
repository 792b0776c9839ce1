#include "libs/files/file_store.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "libs/files/packed_name.h"

#include "libs/files/folder_watch.h"

namespace lakeflow {
namespace {

constexpr std::array kCompressedEndings = {".gz", ".zst"};
constexpr std::array kArchiveEndings = {".zip", ".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst"};

bool ends_with(std::string_view name, std::string_view ending) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return name.size() > ending.size() && std::ranges::equal(name.substr(name.size() - ending.size()), ending, {}, lower);
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }
std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }

bool is_match(const std::string& pattern, const std::string& path) {
  const bool by_path = pattern.find('/') != std::string::npos;
  return fnmatch(pattern.c_str(), by_path ? path.c_str() : name_of(path).c_str(), FNM_PERIOD | (by_path ? FNM_PATHNAME : 0)) == 0;
}

bool is_match_packed(const std::string& pattern, const std::string& path) {
  const auto inner = uncompressed_name(path);
  return is_match(pattern, path) || (inner && is_match(pattern, *inner));
}

bool is_archive(const std::string& path) {
  return std::ranges::any_of(kArchiveEndings, [&](std::string_view ending) { return ends_with(path, ending); });
}

}  // namespace

std::optional<std::string> uncompressed_name(const std::string& path) {
  const auto ending = std::ranges::find_if(kCompressedEndings, [&](std::string_view known) { return ends_with(path, known); });
  return ending == kCompressedEndings.end() ? std::nullopt : std::optional(path.substr(0, path.size() - std::string_view(*ending).size()));
}

bool matches(const FileQuery& wanted, const std::string& path) {
  if (!wanted.is_packed_too) {
    return is_match(wanted.pattern, path);
  }
  // "in/*.hl7" looks into the archives that lie in the folder "in", and "*.hl7" into those of every folder that is listed.
  const std::string folders = folder_of(wanted.pattern);
  return is_match_packed(wanted.pattern, path) || (is_archive(path) && is_match(folders + "*", path));
}

bool matches_in_archive(const FileQuery& wanted, const std::string& archive_path, const std::string& member_path) {
  const bool takes_all = is_match(wanted.pattern, archive_path);
  const std::string name = name_of(wanted.pattern);
  return is_match_packed(takes_all && !name.starts_with('.') ? "*" : name, name_of(member_path));
}

Result<std::unique_ptr<FolderWatch>> FileStore::watch(const FileQuery&, std::chrono::duration<double>, std::function<void()>) const {
  return nullptr;
}

Result<std::optional<FileIdentity>> FileStore::find(const std::string& path) const {
  LAKEFLOW_ASSIGN(const std::unique_ptr<FileReader> reader, open(path));
  if (reader == nullptr) {
    return std::nullopt;
  }
  LAKEFLOW_ASSIGN(const FileIdentity identity, reader->identity());
  return identity;
}

}  // namespace lakeflow
