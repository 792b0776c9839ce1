#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/error.h"
#include "destinations/interface/destination.h"

namespace lakeflow {

// The file of `error_handling: dead_letter`: what goes to quarantine stands here too, a JSON object a line, for tools that
// watch files. It holds patients' data, so only its owner may read it (mode 0600).
//
// A crash neither loses nor doubles a line: lines are appended and synced before the commit of their chunk, and how long the file
// is is committed with it. What stands beyond that length is from a chunk that never was: the next run cuts it off. A file
// that was moved away or emptied in between is begun anew.
//
// A line: {"run_id":…,"pipeline":…,"source_table":…,"destination_table":…,"reason":…,"detail":…,"origin":…,"position":…,
// "bytes":…}, or "bytes_base64" where the bytes are not UTF-8.
class DeadLetters {
 public:
  // Opens the file, cuts off what was not committed. User errors: no regular file, no right to write.
  static Result<DeadLetters> open(const std::filesystem::path& path, const std::string& run_id, const std::string& pipeline,
                                  Destination& destination);
  DeadLetters(DeadLetters&& other) noexcept;
  DeadLetters& operator=(DeadLetters&&) = delete;
  ~DeadLetters();

  Status append(std::span<const QuarantinedRecord> records);
  // Syncs the file and puts its length into the transaction, which must be committed next.
  Status put_length(Transaction& transaction);
  // The transaction was committed.
  void committed() { committed_length_ = length_; }
  // False after a commit that failed: it may stand or not. The next run finds out, by the length that was committed last; so none is to be
  // committed until then.
  bool is_settled() const { return length_ == committed_length_; }
  // It was rolled back: takes away what was appended since the last commit.
  Status roll_back();

 private:
  DeadLetters(int file, std::filesystem::path path, std::string run_id, std::string pipeline)
      : file_(file), path_(std::move(path)), run_id_(std::move(run_id)), pipeline_(std::move(pipeline)) {}
  StateOwner owner() const { return {pipeline_, {}, {}}; }
  Error failure(const char* what) const;
  Error disk_failure(const char* what) const;

  int file_ = -1;
  std::filesystem::path path_;
  std::string run_id_;
  std::string pipeline_;
  std::uint64_t inode_ = 0;
  std::uint64_t length_ = 0;
  std::uint64_t committed_length_ = 0;
};

}  // namespace lakeflow
