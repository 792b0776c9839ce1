#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "libs/files/file_identity.h"
#include "libs/files/file_reader.h"

namespace lakeflow {

class FolderWatch;

// Which files are wanted.
struct FileQuery {
  // As fnmatch(3) understands it: * ? [a-z]. Matched against a file's name, or, where it holds a slash, against the path
  // below the root. A name that starts with a dot matches only a pattern that does.
  std::string pattern = "*";
  bool recursive = false;
  // Names tell of packed files too: "adt.hl7.gz" and "adt.hl7.zst" are wanted where "adt.hl7" is, and an archive (.zip, .tar, .tar.gz,
  // .tgz, .tar.zst, .tzst, in any case) wherever a wanted file could lie.
  bool is_packed_too = false;
};

bool matches(const FileQuery& wanted, const std::string& path);

// Whether a file inside an archive is wanted: all are where the archive's own name matches the pattern; else those whose name, without the
// folders in the archive, matches the last part of it. None whose name starts with a dot, if no pattern does.
bool matches_in_archive(const FileQuery& wanted, const std::string& archive_path, const std::string& member_path);

struct FoundFile {
  std::string path;  // below the root, with slashes; "2024/05/adt.hl7"
  FileIdentity identity;
};

// A place that holds files: a folder, or the objects of a bucket under a prefix. Thread-safe.
class FileStore {
 public:
  virtual ~FileStore() = default;

  // How the root is named in errors and in the origins of records; a slash and a file's path may follow. Without credentials.
  virtual const std::string& root() const = 0;

  // The wanted files that are there now, sorted by path (bytes). One that vanishes meanwhile is not found. A root that is not there, or
  // that can't be listed, is an error: user for the root, source for what lies below it or where the store fails.
  virtual Result<std::vector<FoundFile>> list(const FileQuery& wanted, const std::stop_token& stop) const = 0;

  // What a file that list() found is now; nothing where it is not there any more. A source error where the store fails.
  virtual Result<std::optional<FileIdentity>> find(const std::string& path) const;

  // Notices what happens to the wanted files from now on (folder_watch.h); null where that can't be had in this kind of store.
  virtual Result<std::unique_ptr<FolderWatch>> watch(const FileQuery& wanted, std::chrono::duration<double> quiet,
                                                     std::function<void()> on_quiet) const;

  // Opens a file that list() found; null where none is there any more. A user error is about this file alone, which may
  // not be read; a source error about the store.
  virtual Result<std::unique_ptr<FileReader>> open(const std::string& path) const = 0;

 protected:
  FileStore() = default;
  FileStore(const FileStore&) = default;
  FileStore& operator=(const FileStore&) = default;
};

}  // namespace lakeflow
