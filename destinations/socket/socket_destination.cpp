#include "destinations/socket/socket_destination.h"

#include <filesystem>

#include <arrow/array/array_binary.h>
#include <arrow/record_batch.h>

#include <utility>

#include "destinations/socket/channel.h"
#include "destinations/socket/messages.h"
#include "destinations/socket/row_stream.h"

namespace lakeflow {
namespace {

// An answer, and the connection on which rows may follow.
struct Answered {
  Answer answer;
  Channel channel;
};

class SocketDestination final : public Destination, public RunningProcess {
 public:
  SocketDestination(std::string folder, std::string description) : folder_(std::move(folder)), description_(std::move(description)) {}

  // Nothing where nobody listens.
  static Result<std::optional<Answered>> try_to_ask(const std::string& folder, const Question& question) {
    std::optional<Descriptor> socket = connect_in(folder);
    if (!socket) {
      return std::nullopt;
    }
    if (!peer_is_same_user(socket->number())) {
      return std::unexpected(
          Error::destination("the process that holds the destination runs for another user, and answers that user alone", "ask as that user"));
    }
    Channel channel(*std::move(socket), -1, std::nullopt);
    LAKEFLOW_TRY(channel.write_frame(encode(question)));
    LAKEFLOW_ASSIGN(const std::string frame, channel.read_frame());
    LAKEFLOW_ASSIGN(Answer answer, decode_answer(frame));
    if (answer.error) {
      return std::unexpected(*std::move(answer.error));
    }
    return Answered{std::move(answer), std::move(channel)};
  }

  std::string describe() const override { return description_; }

  Status accepts(const ApplyPlan&) const override { return std::unexpected(reads_only()); }
  Result<std::unique_ptr<Transaction>> begin() override { return std::unexpected(reads_only()); }

  Result<std::optional<std::string>> find_state(const StateOwner& owner, std::string_view name) override {
    std::optional<std::string> found;
    LAKEFLOW_TRY(for_each_state({.about = Question::About::kState, .text = std::string(name), .owner = owner},
                                [&](std::string_view, std::string_view value) -> Status {
                                  found = value;
                                  return {};
                                }));
    return found;
  }

  Status scan_state(const StateOwner& owner, std::string_view prefix,
                    const std::function<Status(std::string_view, std::string_view)>& visit) override {
    return for_each_state({.about = Question::About::kStates, .text = std::string(prefix), .owner = owner}, visit);
  }

  Result<std::shared_ptr<arrow::RecordBatchReader>> query(std::string_view sql) override {
    LAKEFLOW_ASSIGN(Answered answered, ask({.about = Question::About::kQuery, .text = std::string(sql), .owner = {}}));
    return receive_rows(std::move(answered.channel));
  }

  Status backup(const std::string& path) override {
    LAKEFLOW_TRY(ask({.about = Question::About::kBackup, .text = std::filesystem::absolute(path).string(), .owner = {}}));
    return {};
  }

  Result<std::string> process_state() override {
    LAKEFLOW_ASSIGN(Answered answered, ask({.about = Question::About::kProcessState, .text = {}, .owner = {}}));
    return std::move(answered.answer.text);
  }

 private:
  Error reads_only() const { return Error::internal(description_ + " is held by another process, and can only be read"); }

  Result<Answered> ask(const Question& question) const {
    LAKEFLOW_ASSIGN(std::optional<Answered> answered, try_to_ask(folder_, question));
    if (!answered) {
      return std::unexpected(Error::destination("the process that held the destination has ended", "ask again"));
    }
    return *std::move(answered);
  }

  Status for_each_state(const Question& question, const std::function<Status(std::string_view, std::string_view)>& visit) const {
    LAKEFLOW_ASSIGN(Answered answered, ask(question));
    LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::RecordBatchReader> rows, receive_rows(std::move(answered.channel)));
    while (true) {  // ends with the rows
      std::shared_ptr<arrow::RecordBatch> batch;
      if (const arrow::Status status = rows->ReadNext(&batch); !status.ok()) {
        return std::unexpected(Error::destination(status.message()));
      }
      if (batch == nullptr) {
        return {};
      }
      const auto& names = static_cast<const arrow::LargeBinaryArray&>(*batch->column(0));
      const auto& values = static_cast<const arrow::LargeBinaryArray&>(*batch->column(1));
      for (std::int64_t row = 0; row < batch->num_rows(); ++row) {
        LAKEFLOW_TRY(visit(names.GetView(row), values.GetView(row)));
      }
    }
  }

  const std::string folder_;
  const std::string description_;
};

}  // namespace

Result<std::unique_ptr<Destination>> connect_to_run(const std::string& folder) {
  LAKEFLOW_ASSIGN(std::optional<Answered> answered,
                  SocketDestination::try_to_ask(folder, {.about = Question::About::kDescription, .text = {}, .owner = {}}));
  if (!answered) {
    return nullptr;
  }
  return std::make_unique<SocketDestination>(folder, std::move(answered->answer.text));
}

}  // namespace lakeflow
