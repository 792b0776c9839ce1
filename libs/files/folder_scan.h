#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "libs/files/file_identity.h"

namespace lakeflow {

// Which files of a folder are wanted.
struct FolderScan {
  std::filesystem::path root;
  // As fnmatch(3) understands it: * ? [a-z]. Matched against a file's name, or, where it holds a slash, against the path
  // below the root. A name that starts with a dot matches only a pattern that does.
  std::string pattern = "*";
  bool recursive = false;
};

struct FoundFile {
  std::string path;  // below the root, with slashes; "2024/05/adt.hl7"
  FileIdentity identity;
};

// The files that are there now, sorted by path (bytes). Regular files only. A symbolic link inside the folder is followed, and
// stands under the path that it leads to, so that nothing is found twice; one that leads out of the folder is passed
// over, as is one that leads nowhere. A file that vanishes meanwhile is not found. A folder that is not there, or that
// can't be listed, is an error: user for the root, source for one below it.
Result<std::vector<FoundFile>> scan_folder(const FolderScan& scan, std::stop_token stop = {});

}  // namespace lakeflow
