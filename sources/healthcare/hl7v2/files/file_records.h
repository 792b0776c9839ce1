#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/files/file_store.h"
#include "libs/files/files_ahead.h"
#include "libs/hl7v2/message_splitter.h"
#include "libs/packed_files/unpack.h"
#include "sources/healthcare/hl7v2/files/archive_members.h"
#include "sources/healthcare/hl7v2/files/file_memory.h"
#include "sources/healthcare/hl7v2/files/file_queue.h"
#include "sources/interface/record_reader.h"

namespace lakeflow::hl7v2 {

// Reads the messages of a store's files, one pass for all tables.
//
// What was read of which file is keyed state; the offset is its digest ({"files":"…"}), so that the two change together. Offsets of older versions
// counted the changes ({"changes":12}). Every place between two messages is an offset, also in the middle of a file.
//
//   a new file                       is read
//   one that was renamed             is the same file: read on under its new name, with the keys of its first one
//   one compressed in its place      likewise: "adt.hl7.gz" for an "adt.hl7" that is gone
//   one that was copied              is a new file
//   one that grew                    its new messages are read, if what was read before is still there
//   one that was written anew        is not read again: a warning, filtered "file_rewritten", once for each new form; or is
//                                    read as another file, where the options say so
//   one younger than the quiet time  is read last, if it is quiet by then, else by the next read
//   one of the old size, but with   is not read again: a warning, filtered "file_touched", once for each time, if it is too
//   another time or inode            large for its fingerprint to tell that all of it is as it was
//   one that can't be opened         a warning, filtered "file_unreadable"; the next read tries again
//   a link that leads out, one gone  nothing
//   a compressed one                 is read as the text in it; positions are those in that text
//   an archive                       each member that is wanted is a file of its own, "day.zip!/adt.hl7", with a state of its own
//   a damaged packed one             what could be unpacked is read; its last message, which may be half of one, and why it ends there go to
//                                    quarantine under the damage's reason; it is read on where it changed
//
// A message that has no end within 64 MB is broken ("message_too_large", with its first megabyte), and what follows of it text without a header.
// Trailers and headers of batches are filtered as "batch_envelope". A read ends with kLimit after the files or bytes of the
// options, else with kCaughtUp.
class FileRecords final : public RecordReader {
 public:
  // A user error where the offset is none of this source. What the last reader left in the memory is taken up, if the state is the same.
  static Result<std::unique_ptr<FileRecords>> open(const Hl7Options& options, std::shared_ptr<const FileStore> store,
                                                   std::shared_ptr<FileMemory> memory, const Offset& start, const ReadContext& context);
  ~FileRecords() override;
  FileRecords(const FileRecords&) = delete;
  FileRecords& operator=(const FileRecords&) = delete;

  Result<std::variant<RawRecords, End>> next() override;
  std::optional<Offset> offset() const override;
  StateDelta state_delta() override;

 private:
  // The file that is being read.
  struct OpenFile {
    std::string path;
    std::unique_ptr<FileReader> reader;
    FileProgress progress;
    std::uint32_t origin = 0;  // of the records of this call of next()
    bool has_origin = false;
  };
  struct Batch;

  FileRecords(const Hl7Options& options, std::shared_ptr<const FileStore> store, std::shared_ptr<FileMemory> memory, Offset start,
              std::optional<StateDigest> start_digest, const ReadContext& context);

  Status begin();
  Status fill_queue(std::optional<RememberedFiles> remembered);
  // False where no file is left.
  Result<bool> open_next(Batch& batch);
  // The same of the archive that is open.
  Result<bool> open_member(Batch& batch);
  Status finish_archive(Batch& batch);
  // Takes the text of a file as the one that is read, if what is known of it lets it be read on.
  Status begin_file(std::string path, std::unique_ptr<FileReader> text, Batch& batch);
  // Takes a packed file as the one that was compressed in its place, if that one is gone and its text is what was read of it.
  Status take_up_uncompressed(OpenFile& file);
  // Puts what can't be read, from the position on, into quarantine; `bytes` is what there is of it.
  void report_damage(const std::string& path, std::uint64_t position, std::string_view bytes, const Damage& damage, Batch& batch);
  // Whether the file, which is known, is to be read on; what is to be told of it goes into the batch.
  Result<bool> is_continued(OpenFile& file, const FileProgress& known, Batch& batch);
  Status read_some(Batch& batch);
  Status note_fingerprint();
  Status finish_file();
  void take_pieces(const std::vector<Piece>& pieces, Batch& batch);
  void put(const std::string& path, std::optional<FileProgress> progress);
  void settle();

  const Hl7Options options_;
  const std::shared_ptr<const FileStore> store_;
  const std::shared_ptr<FileMemory> memory_;
  const ReadContext context_;
  const Offset start_;
  const std::optional<StateDigest> start_digest_;  // nothing for an offset of an older version
  KnownFiles known_;                               // as of what was returned so far
  LastLook look_;
  FileQueue queue_;
  FilesAhead ahead_;
  bool has_begun_ = false;
  bool has_ended_ = false;
  std::map<std::string, std::optional<FileProgress>> staged_;   // changes of the call of next() that is under way
  std::map<std::string, std::optional<FileProgress>> pending_;  // changes that no state_delta() has given out
  std::unique_ptr<ArchiveMembers> archive_;                     // that is being read, where one is
  std::optional<OpenFile> file_;
  std::size_t window_bytes_;  // grows where a message is larger
  std::uint64_t files_read_ = 0;
  std::uint64_t bytes_read_ = 0;
};

// What a splitter found, as records.
void add_pieces(const std::vector<Piece>& pieces, std::uint32_t origin, RawRecords& records);

}  // namespace lakeflow::hl7v2
