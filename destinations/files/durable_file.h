#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"

namespace lakeflow {

// Files that stay: written for their owner alone (0600, folders 0700), and durable when the call returns. All errors are of the kind
// destination, and say what to do where the disk is full or a right is missing.

// What a system call said, as an error of ours: `doing` is "writing".
Error file_failure(const std::filesystem::path& path, std::string_view doing, int reason);

// Makes the names in the folder durable.
Status sync_folder(const std::filesystem::path& folder);

// Makes the folder and those above it, each of them durable. One that is there is left as it is.
Status make_folders(const std::filesystem::path& folder);

// Writes the whole file, in place of one that is there. Its name is durable after sync_folder.
Status write_synced(const std::filesystem::path& path, std::string_view bytes);

// Copies the file, in place of one that is there. Its name is durable after sync_folder.
Status copy_synced(const std::filesystem::path& from, const std::filesystem::path& to);

Result<std::string> read_whole(const std::filesystem::path& path);

}  // namespace lakeflow
