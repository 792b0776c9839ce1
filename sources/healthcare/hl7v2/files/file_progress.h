#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "libs/files/file_identity.h"
#include "libs/hl7v2/message_splitter.h"
#include "sources/interface/offset.h"

namespace lakeflow::hl7v2 {

// Which file it is, of all that bore a name: the first is number 0. A name is used again by a log that is rotated, and for a file that was
// written anew and is read again.
struct NamedFile {
  std::string path;  // below the root
  std::uint64_t number = 0;
  bool operator==(const NamedFile&) const = default;
};

// What was read of one file: an entry of the keyed state, under kFileKeyPrefix and the text (path_text) of the file's path below the root.
// Entries of files that are gone are forgotten after a while, so that the state stays as small as the folder.
struct FileProgress {
  FileIdentity identity;    // what the file was when it was last looked into
  SplitterState splitter;   // splitter.position: bytes before it were read
  std::string fingerprint;  // of those bytes (FileReader::fingerprint)
  bool is_refused = false;  // what was read is no longer there: the file was written anew, and was not read again
  std::optional<TimestampMicros> missing_since;
  std::uint64_t number = 0;               // NamedFile::number, of the name that it has now
  std::optional<NamedFile> renamed_from;  // what it was when it was first read, where it has another name now
  // Of a packed file, whose text has another length than the file: whether its end was read. Nothing for a plain one.
  std::optional<bool> has_ended;
  bool is_damaged = false;  // its end is not the one that it should have
  bool is_archive = false;  // nothing is read of it itself: its members have entries of their own. Ended: all of them were looked into

  bool is_complete() const { return has_ended.value_or(splitter.position >= identity.size); }
  // By what the rows of the file have their keys: the name under which it was first read. `path` is the one that it has now.
  NamedFile key_file(const std::string& path) const { return renamed_from.value_or(NamedFile{path, number}); }

  std::string to_json() const;
  // An internal error where the text is none that to_json gave.
  static Result<FileProgress> parse(std::string_view json);
};

inline constexpr std::string_view kFileKeyPrefix = "file/";

// "2 files, the newest adt.hl7", of those that the folder had at the last look and that were read at least in part.
Result<std::string> files_in_words(const StateLookup& state);

}  // namespace lakeflow::hl7v2
