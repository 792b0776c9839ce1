#include "destinations/socket/row_stream.h"

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>

#include <utility>

#include "base/arrow_error.h"
#include "destinations/socket/messages.h"

namespace lakeflow {
namespace {

constexpr const char* kCutOff = "the process that held the destination ended while it answered: ask again";

arrow::Status to_arrow(const Status& status) { return status ? arrow::Status::OK() : arrow::Status::IOError(status.error().message()); }

class ChannelOutput final : public arrow::io::OutputStream {
 public:
  explicit ChannelOutput(Channel& channel) : channel_(channel) {}
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<std::int64_t> Tell() const override { return position_; }
  arrow::Status Write(const void* data, std::int64_t bytes) override {
    position_ += bytes;
    return to_arrow(channel_.write({static_cast<const char*>(data), static_cast<std::size_t>(bytes)}));
  }

 private:
  Channel& channel_;
  std::int64_t position_ = 0;
  bool closed_ = false;
};

class ChannelInput final : public arrow::io::InputStream {
 public:
  explicit ChannelInput(Channel& channel) : channel_(channel) {}
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<std::int64_t> Tell() const override { return position_; }
  arrow::Result<std::int64_t> Read(std::int64_t bytes, void* out) override {
    const Result<std::size_t> got = channel_.read(static_cast<char*>(out), static_cast<std::size_t>(bytes));
    if (!got) {
      return arrow::Status::IOError(got.error().message());
    }
    position_ += static_cast<std::int64_t>(*got);
    return static_cast<std::int64_t>(*got);
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(std::int64_t bytes) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(bytes));
    ARROW_ASSIGN_OR_RAISE(const std::int64_t got, Read(bytes, buffer->mutable_data()));
    ARROW_RETURN_NOT_OK(buffer->Resize(got));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }

 private:
  Channel& channel_;
  std::int64_t position_ = 0;
  bool closed_ = false;
};

class ReceivedRows final : public arrow::RecordBatchReader {
 public:
  explicit ReceivedRows(Channel channel) : channel_(std::move(channel)) {}

  Status open() {
    Result<std::shared_ptr<arrow::RecordBatchReader>> opened =
        from_arrow(arrow::ipc::RecordBatchStreamReader::Open(std::make_shared<ChannelInput>(channel_)));
    if (!opened) {
      return std::unexpected(Error::destination(kCutOff));
    }
    rows_ = *std::move(opened);
    return {};
  }

  std::shared_ptr<arrow::Schema> schema() const override { return rows_->schema(); }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    *batch = nullptr;
    if (ended_) {
      return arrow::Status::OK();
    }
    if (!rows_->ReadNext(batch).ok()) {
      return arrow::Status::IOError(kCutOff);
    }
    if (*batch != nullptr) {
      return arrow::Status::OK();
    }
    ended_ = true;
    // A stream that is cut between two batches looks as if it had ended.
    const Result<std::string> frame = channel_.read_frame();
    if (!frame) {
      return arrow::Status::IOError(kCutOff);
    }
    const Result<Answer> last = decode_answer(*frame);
    if (!last || last->error) {
      return arrow::Status::IOError(last ? last->error->message() : last.error().message());
    }
    return arrow::Status::OK();
  }

 private:
  Channel channel_;
  std::shared_ptr<arrow::RecordBatchReader> rows_;
  bool ended_ = false;
};

}  // namespace

Status send_rows(arrow::RecordBatchReader& rows, Channel& channel) {
  ChannelOutput output(channel);
  LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::ipc::RecordBatchWriter> writer, from_arrow(arrow::ipc::MakeStreamWriter(&output, rows.schema())));
  Answer last;
  while (true) {  // ends with the rows
    std::shared_ptr<arrow::RecordBatch> batch;
    if (const arrow::Status status = rows.ReadNext(&batch); !status.ok()) {
      last.error = Error::destination(status.message());
      break;
    }
    if (batch == nullptr) {
      break;
    }
    LAKEFLOW_TRY(from_arrow(writer->WriteRecordBatch(*batch)));
  }
  LAKEFLOW_TRY(from_arrow(writer->Close()));
  return channel.write_frame(encode(last));
}

Result<std::shared_ptr<arrow::RecordBatchReader>> receive_rows(Channel channel) {
  auto rows = std::make_shared<ReceivedRows>(std::move(channel));
  LAKEFLOW_TRY(rows->open());
  return rows;
}

}  // namespace lakeflow
