#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "destinations/interface/destination.h"

namespace lakeflow {

// The folder of `error_handling: dead_letter`: what goes to quarantine stands here too, for tools that watch folders or read what the source
// sent. It holds patients' data, so only its owner may read its files (mode 0600).
//
//   index.jsonl   a JSON object a line: {"at":…,"run_id":…,"pipeline":…,"source_table":…,"destination_table":…,"reason":…,"detail":…,
//                 "origin":…,"position":…,"size":…,"id":…,"file":"records/0f….hl7"}
//   records/      the bytes of each as they came, in a file of their own: its id, and the ending of the file that it came from
//
// A record that is in quarantine already is not written again.
//
// A crash neither loses nor doubles a line: lines and files are written and synced before the commit of their chunk, and how long the index
// is is committed with it. What stands beyond that length is from a chunk that never was: the next run cuts it off, and takes the files
// of those lines away. An index that was moved away or emptied in between is begun anew; files that are taken out of records/ are not missed.
class DeadLetters {
 public:
  static constexpr std::string_view kIndex = "index.jsonl";
  static constexpr std::string_view kRecords = "records";

  // Makes the folder where it is not there, in a folder that is, and takes away what was not committed. User errors: no folder, no right to write.
  static Result<DeadLetters> open(const std::filesystem::path& folder, const std::string& run_id, const std::string& pipeline,
                                  Destination& destination);
  DeadLetters(DeadLetters&& other) noexcept;
  DeadLetters& operator=(DeadLetters&&) = delete;
  ~DeadLetters();

  // Records that were not in quarantine before.
  Status append(std::span<const QuarantinedRecord* const> records);
  // Syncs the files and puts the index's length into the transaction, which must be committed next.
  Status put_length(Transaction& transaction);
  // The transaction was committed.
  void committed();
  // False after a commit that failed: it may stand or not. The next run finds out, by the length that was committed last; so none is to be
  // committed until then.
  bool is_settled() const { return length_ == committed_length_; }
  // It was rolled back: takes away what was appended since the last commit.
  Status roll_back();

 private:
  DeadLetters(std::filesystem::path folder, std::string run_id, std::string pipeline)
      : folder_(std::move(folder)), run_id_(std::move(run_id)), pipeline_(std::move(pipeline)) {}
  StateOwner owner() const { return {pipeline_, {}, {}}; }
  std::filesystem::path index() const { return folder_ / kIndex; }
  Status make_folders() const;
  Status open_index();
  Status take_uncommitted_files() const;
  Status write_record(const std::string& name, std::string_view bytes);
  Error failure(const std::filesystem::path& path, const char* what) const;
  Error disk_failure(const std::filesystem::path& path, const char* what) const;

  std::filesystem::path folder_;
  std::string run_id_;
  std::string pipeline_;
  int index_file_ = -1;
  std::uint64_t inode_ = 0;
  std::uint64_t length_ = 0;
  std::uint64_t committed_length_ = 0;
  std::vector<std::string> written_;  // below records/, since the last commit
};

// The file below the folder of dead letters that a line of its index names; empty where it names none that belongs there.
std::string dead_letter_file(std::string_view line);

}  // namespace lakeflow
