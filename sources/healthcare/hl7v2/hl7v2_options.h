#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/options.h"
#include "libs/files/file_store.h"
#include "libs/object_store/object_store_options.h"
#include "libs/packed_files/unpack_limits.h"
#include "libs/time_zone/time_zone.h"
#include "sources/healthcare/hl7v2/declared_segments.h"

namespace lakeflow::hl7v2 {

// The connection options of the HL7 tables (connector_spec.yaml), parsed.
struct Hl7Options {
  std::string storage_path;                   // without a slash at its end
  std::optional<ObjectStoreOptions> objects;  // where storage_path is a URL
  bool allow_http = false;
  std::string file_pattern;
  bool recursive = false;
  bool reads_packed = true;  // also compressed files and archives
  UnpackLimits unpack_limits;
  std::uint64_t files_a_read = 0;             // after that many files a read ends with kLimit
  std::optional<std::uint64_t> bytes_a_read;  // likewise, at the end of the file that passes it
  std::uint64_t parallel_files = 1;           // opened at the same time, most of them before their turn
  double quiet_seconds = 0;                   // a file that changed less long ago may still be written
  bool reads_rewritten = false;               // a file that was written anew is read, as another file
  std::optional<TimeZone> default_time_zone;  // of times without an offset
  std::string default_character_set;          // of messages that name none and are not UTF-8; may be empty

  std::uint64_t repeat_memory = 0;                            // messages that later ones are compared with; 0: none
  std::shared_ptr<const DeclaredSegments> declared_segments;  // null: none

  FileQuery wanted_files() const { return {.pattern = file_pattern, .recursive = recursive, .is_packed_too = reads_packed}; }

  // Reads the file of declared segments. User errors name the option.
  static Result<Hl7Options> parse(const Options& options);
};

}  // namespace lakeflow::hl7v2
