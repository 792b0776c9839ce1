#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "libs/files/file_store.h"
#include "sources/healthcare/hl7v2/files/known_files.h"

namespace lakeflow::hl7v2 {

struct RenamedFile {
  std::string from;
  std::string to;
};

// Which of the known files are found under another name: the file has the inode and begins with what was read of it (its fingerprint says so),
// and its old name is gone or another file's. A file system gives the inode of a file that was deleted to the next new one; so one of the
// same length that was written at another time is no renamed file, even where the bytes are the same. No file is named twice. `found` is sorted by
// path.
Result<std::vector<RenamedFile>> find_renamed(const KnownFiles& known, const std::vector<FoundFile>& found, const FileStore& store);

// The file that was found at the path; null where there is none. `found` is sorted by path.
const FoundFile* find_file(const std::vector<FoundFile>& found, const std::string& path);

// Whether what was read of a file is still what it begins with.
Result<bool> begins_as_read(FileReader& file, const FileIdentity& now, const FileProgress& progress);

}  // namespace lakeflow::hl7v2
