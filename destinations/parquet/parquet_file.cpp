#include "destinations/parquet/parquet_file.h"

#include <arrow/io/file.h>
#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/byte_size.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>
#include <parquet/properties.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "base/arrow_error.h"
#include "destinations/files/durable_file.h"

namespace lakeflow {
namespace {

// A row group is held in memory until it is written out, and read as a whole: so wide rows make groups of fewer rows.
constexpr std::int64_t kRowGroupBytes = std::int64_t{64} << 20;
constexpr std::int64_t kRowGroupRows = std::int64_t{1} << 20;
constexpr int kCompressionLevel = 1;
constexpr std::int64_t kBatchRows = 16'384;

// The Parquet writer writes a few bytes at a time: they are gathered, so that a small file is one call.
constexpr std::size_t kGatheredBytes = 65'536;

// Writes to a descriptor, and keeps what the system said where it failed.
class DescriptorStream final : public arrow::io::OutputStream {
 public:
  explicit DescriptorStream(int descriptor) : descriptor_(descriptor) {}
  DescriptorStream(const DescriptorStream&) = delete;
  DescriptorStream& operator=(const DescriptorStream&) = delete;
  ~DescriptorStream() override { close(); }

  arrow::Status Write(const void* data, std::int64_t count) override {
    const std::string_view bytes(static_cast<const char*>(data), static_cast<std::size_t>(count));
    bytes_ += count;
    if (gathered_.size() + bytes.size() <= kGatheredBytes) {
      gathered_ += bytes;
      return arrow::Status::OK();
    }
    ARROW_RETURN_NOT_OK(Flush());
    return write_out(bytes);
  }
  arrow::Status Flush() override {
    ARROW_RETURN_NOT_OK(write_out(gathered_));
    gathered_.clear();
    return arrow::Status::OK();
  }
  arrow::Result<std::int64_t> Tell() const override { return bytes_; }
  // The descriptor stays: it is made durable after the last byte.
  arrow::Status Close() override {
    closed_ = true;
    return Flush();
  }
  bool closed() const override { return closed_; }

  bool sync() {
    if (!Flush().ok()) return false;
    if (::fsync(descriptor_) == 0) return true;
    reason_ = errno;
    return false;
  }
  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }
  std::int64_t bytes() const { return bytes_; }
  int reason() const { return reason_; }

 private:
  arrow::Status write_out(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return failed();
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return arrow::Status::OK();
  }
  arrow::Status failed() {
    reason_ = errno;
    return arrow::Status::IOError("the system refused to write");
  }

  int descriptor_;
  std::string gathered_;
  std::int64_t bytes_ = 0;  // gathered ones, too
  int reason_ = 0;
  bool closed_ = false;
};

// Parquet's own exceptions end here.
template <typename Work>
arrow::Status guarded(const Work& work) {
  BEGIN_PARQUET_CATCH_EXCEPTIONS
  return work();
  END_PARQUET_CATCH_EXCEPTIONS
}

}  // namespace

struct ParquetFileWriter::Output {
  std::shared_ptr<DescriptorStream> stream;
  std::unique_ptr<parquet::arrow::FileWriter> writer;

  Status outcome(const arrow::Status& status, const std::filesystem::path& path) const {
    if (!status.ok() && stream->reason() != 0) return std::unexpected(file_failure(path, "writing", stream->reason()));
    return from_arrow(status);
  }
};

ParquetFileWriter::ParquetFileWriter(std::filesystem::path path) : path_(std::move(path)), output_(std::make_unique<Output>()) {}

ParquetFileWriter::~ParquetFileWriter() {
  if (!finished_ && output_->stream) ::unlink(path_.c_str());
}

Result<std::unique_ptr<ParquetFileWriter>> ParquetFileWriter::open(std::filesystem::path path, std::shared_ptr<arrow::Schema> schema) {
  std::unique_ptr<ParquetFileWriter> file(new ParquetFileWriter(std::move(path)));
  const int descriptor = ::open(file->path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return std::unexpected(file_failure(file->path_, "writing", errno));
  file->output_->stream = std::make_shared<DescriptorStream>(descriptor);
  const auto properties = parquet::WriterProperties::Builder()
                              .compression(parquet::Compression::ZSTD)
                              ->compression_level(kCompressionLevel)
                              ->max_row_group_length(kRowGroupRows)
                              ->build();
  const auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
  const auto open = [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(file->output_->writer, parquet::arrow::FileWriter::Open(*schema, arrow::default_memory_pool(), file->output_->stream,
                                                                                  properties, arrow_properties));
    return arrow::Status::OK();
  };
  LAKEFLOW_TRY(file->output_->outcome(guarded(open), file->path_));
  return file;
}

Status ParquetFileWriter::write(const arrow::RecordBatch& rows) {
  if (rows.num_rows() == 0) return {};
  const std::int64_t bytes = arrow::util::TotalBufferSize(rows);
  const auto write = [&]() -> arrow::Status {
    if (waiting_bytes_ > 0 && waiting_bytes_ + bytes > kRowGroupBytes) {
      ARROW_RETURN_NOT_OK(output_->writer->NewBufferedRowGroup());
      waiting_bytes_ = 0;
    }
    return output_->writer->WriteRecordBatch(rows);
  };
  LAKEFLOW_TRY(output_->outcome(guarded(write), path_));
  waiting_bytes_ += bytes;
  rows_ += static_cast<std::uint64_t>(rows.num_rows());
  return {};
}

Status ParquetFileWriter::finish() {
  LAKEFLOW_TRY(output_->outcome(guarded([&] { return output_->writer->Close(); }), path_));
  if (!output_->stream->sync()) return std::unexpected(file_failure(path_, "making durable", output_->stream->reason()));
  output_->stream->close();
  finished_ = true;
  return {};
}

std::uint64_t ParquetFileWriter::bytes() const { return static_cast<std::uint64_t>(output_->stream->bytes()); }

Status read_parquet_file(const std::filesystem::path& path, const std::function<Status(std::shared_ptr<arrow::RecordBatch>)>& visit) {
  Status outcome;
  const auto read = [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto input, arrow::io::ReadableFile::Open(path.string()));
    parquet::arrow::FileReaderBuilder builder;
    ARROW_RETURN_NOT_OK(builder.Open(input));
    parquet::ArrowReaderProperties properties;
    properties.set_batch_size(kBatchRows);
    std::unique_ptr<parquet::arrow::FileReader> file;
    ARROW_RETURN_NOT_OK(builder.properties(properties)->Build(&file));
    ARROW_ASSIGN_OR_RAISE(const auto reader, file->GetRecordBatchReader());
    while (outcome) {  // ends with the file
      std::shared_ptr<arrow::RecordBatch> batch;
      ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
      if (batch == nullptr) break;
      outcome = visit(std::move(batch));
    }
    return arrow::Status::OK();
  };
  if (const arrow::Status status = guarded(read); !status.ok()) {
    return std::unexpected(Error::destination(fmt::format("{} can't be read: {}", path.string(), status.ToString()),
                                              "Restore the file from a backup, or ingest its table anew with --full-refresh"));
  }
  return outcome;
}

}  // namespace lakeflow
