#include "destinations/sql/duckdb_failure.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace lakeflow {
namespace {

bool has(std::string_view message, std::string_view words) { return message.find(words) != std::string_view::npos; }

template <std::size_t N>
bool has_any(std::string_view message, const std::array<std::string_view, N>& phrases) {
  return std::ranges::any_of(phrases, [&](std::string_view words) { return has(message, words); });
}

// "Binder Error: Referenced column …\nLINE 1: …" → "Binder Error".
std::string_view kind_of(std::string_view message) {
  const std::size_t colon = message.find(':');
  return colon == std::string_view::npos ? std::string_view() : message.substr(0, colon);
}

std::string first_lines(std::string_view message) {
  std::string out(message.substr(0, message.find("\n\nLINE ")));
  std::ranges::replace(out, '\n', ' ');
  while (!out.empty() && (out.back() == ' ' || out.back() == '.' || out.back() == '!')) out.pop_back();
  return out;
}

constexpr std::array<std::string_view, 6> kKindsOfWrongSql = {"Parser Error", "Syntax Error",  "Catalog Error",
                                                              "Binder Error", "Planner Error", "Not implemented Error"};
constexpr std::array<std::string_view, 7> kKindsWithoutValues = {
    "IO Error", "Out of Memory Error", "Permission Error", "INTERRUPT Error", "Dependency Error", "TransactionContext Error", "Settings Error"};

// A wide table is a view (destinations/duckdb/stored_table.h): DuckDB says that views can't be changed before it says that nothing can.
constexpr std::array<std::string_view, 6> kChangesOfViews = {"Can only delete from base table", "Can only update base table",
                                                             "Can only merge into base table",  "is not an table",
                                                             "Can only modify view with",       "is of type View, trying to"};
constexpr std::array<std::string_view, 2> kFull = {"No space left on device", "Disk quota exceeded"};
constexpr std::array<std::string_view, 2> kBrokenDisk = {"Input/output error", "fsync failed"};
constexpr std::array<std::string_view, 3> kForbidden = {"Permission denied", "Read-only file system", "Operation not permitted"};
constexpr std::array<std::string_view, 9> kDamaged = {
    "Corrupt database file", "Corrupted database",      "Could not read enough bytes", "corrupt file",       "Corrupt file",
    "Corrupted file",        "appears to be corrupted", "Failed to deserialize",       "Serialization Error"};
constexpr std::array<std::string_view, 5> kDamagedLog = {"replaying WAL", "Corrupt WAL", "WAL file", "Corrupt Encrypted WAL", ".wal\""};

constexpr std::string_view kRestoreAdvice =
    "Restore the file from a backup, or ingest into a new file: what is missing is read from the source again";

// What can happen at any time, not only when opening.
std::optional<Error> known_failure(std::string_view path, std::string_view message) {
  if (has_any(message, kFull)) {
    return Error::destination(fmt::format("the disk is full: DuckDB file {} could not grow", path),
                              "Make room and run again: what was committed is safe, and the run goes on from there");
  }
  if (has_any(message, kBrokenDisk)) {
    return Error::destination(
        fmt::format("the disk did not do what DuckDB file {} asked of it: {}", path, withhold_values(message)),
        "Look into the system's log for what ails the disk, then run again: what was committed is safe, and the run goes on from there");
  }
  if (has_any(message, kForbidden)) {
    return Error::destination(fmt::format("no right to write DuckDB file {} or its directory", path),
                              "Give this user the right to write the file and its directory, or choose another destination path");
  }
  if (has_any(message, kDamagedLog)) {
    return Error::destination(fmt::format("the write-ahead log {}.wal is damaged", path),
                              fmt::format("Keep a copy of both files; without {0}.wal the file {0} opens as it was at its last checkpoint, "
                                          "and the next run reads again what came after",
                                          path));
  }
  if (has_any(message, kDamaged)) {
    return Error::destination(fmt::format("DuckDB file {} is damaged", path), std::string(kRestoreAdvice));
  }
  if (has(message, "database has been invalidated")) {
    return Error::destination(fmt::format("DuckDB closed {} after an earlier fatal error", path),
                              "Run again: the file is opened anew, with all that was committed");
  }
  if (kind_of(message) == "Out of Memory Error") {
    return Error::destination(fmt::format("DuckDB's memory limit does not suffice for {}", path),
                              "Raise the pipeline's memory limit, or make its chunks smaller");
  }
  return std::nullopt;
}

}  // namespace

std::string withhold_values(std::string_view message) {
  const std::string_view kind = kind_of(message);
  const bool quotes_no_values = std::ranges::find(kKindsOfWrongSql, kind) != kKindsOfWrongSql.end() ||
                                std::ranges::find(kKindsWithoutValues, kind) != kKindsWithoutValues.end();
  if (quotes_no_values) return first_lines(message);
  if (kind.empty() || kind.size() > 40) return "an error that may quote values";
  return fmt::format("{} (the details may quote values and are left out)", kind);
}

Error opening_failure(std::string_view path, std::string_view message) {
  if (has(message, "Could not set lock")) {
    const std::size_t open = message.find("(PID ");
    const std::string holder =
        open == std::string_view::npos ? "another process" : fmt::format("process {}", message.substr(open + 5, message.find(')', open) - open - 5));
    return Error::destination(fmt::format("DuckDB file {} is in use by {}", path, holder),
                              "Wait until it is done, or stop it; DuckDB lets one process hold a file");
  }
  if (has(message, "not a valid DuckDB database file")) {
    return Error::destination(fmt::format("{} is not a DuckDB file", path), "Choose another destination path; the file was not touched");
  }
  if (has(message, "but we can only read versions") || has(message, "newer version of DuckDB") || has(message, "storage version")) {
    return Error::destination(
        fmt::format("DuckDB file {} was written by another, most likely a newer version of DuckDB than 1.4", path),
        "Open it with that version and export it (EXPORT DATABASE), or choose another destination path; the file was not touched");
  }
  if (has(message, "No such file or directory")) {
    return Error::user(fmt::format("the directory of DuckDB file {} is not there", path), "Create it, or correct the destination's path");
  }
  if (auto known = known_failure(path, message)) return *std::move(known);
  return Error::destination(fmt::format("DuckDB file {} can't be opened: {}", path, withhold_values(message)));
}

Error working_failure(std::string_view path, std::string_view doing, std::string_view message) {
  if (kind_of(message) == "INTERRUPT Error") return Error::interrupted(fmt::format("{}, {}: ended by a stop", path, doing));
  if (auto known = known_failure(path, message)) return *std::move(known);
  return Error::destination(fmt::format("{}, {}: {}", path, doing, withhold_values(message)));
}

Error query_failure(std::string_view path, std::string_view message) {
  if (has(message, "read-only mode") || has_any(message, kChangesOfViews)) {
    return Error::user("a query can't change the destination", "Only SELECT, and what else reads, is allowed");
  }
  if (has(message, "disabled by configuration")) {
    return Error::user("a query reaches the destination's own tables and no other files", "Read other files with a tool of their own");
  }
  if (auto known = known_failure(path, message)) return *std::move(known);
  // Where its text is wrong, DuckDB shows the place in it: that is the user's own.
  const bool wrong = std::ranges::find(kKindsOfWrongSql, kind_of(message)) != kKindsOfWrongSql.end();
  return Error::user(fmt::format("the query failed: {}", wrong ? std::string(message) : withhold_values(message)));
}

}  // namespace lakeflow
