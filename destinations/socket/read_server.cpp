#include "destinations/socket/read_server.h"

#include <arrow/array/builder_binary.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <list>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/arrow_error.h"
#include "destinations/socket/channel.h"
#include "destinations/socket/messages.h"
#include "destinations/socket/row_stream.h"

namespace lakeflow {
namespace {

// Entries of state as rows.
class StateRows {
 public:
  Status add(std::string_view name, std::string_view value) {
    LAKEFLOW_TRY(from_arrow(names_.Append(name)));
    return from_arrow(values_.Append(value));
  }
  Result<std::shared_ptr<arrow::RecordBatchReader>> take() {
    const auto schema = arrow::schema({arrow::field("name", arrow::large_binary()), arrow::field("value", arrow::large_binary())});
    std::shared_ptr<arrow::Array> names;
    std::shared_ptr<arrow::Array> values;
    LAKEFLOW_TRY(from_arrow(names_.Finish(&names)));
    LAKEFLOW_TRY(from_arrow(values_.Finish(&values)));
    return from_arrow(arrow::RecordBatchReader::Make({arrow::RecordBatch::Make(schema, names->length(), {names, values})}, schema));
  }

 private:
  arrow::LargeBinaryBuilder names_;
  arrow::LargeBinaryBuilder values_;
};

}  // namespace

class ReadServer::Implementation {
 public:
  Implementation(Destination& destination, ReadServerOptions options, Descriptor socket)
      : destination_(destination),
        options_(std::move(options)),
        socket_(std::move(socket)),
        stopped_(::eventfd(0, EFD_CLOEXEC)),
        freed_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        thread_([this] { accept_clients(); }) {}

  ~Implementation() {
    stop_.request_stop();
    ::eventfd_write(stopped_.number(), 1);
    thread_.join();
    for (Client& client : clients_) {
      client.thread.join();
    }
    remove_socket_in(options_.folder);
  }
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;

 private:
  struct Client {
    std::atomic<bool> done = false;
    std::thread thread;
  };

  void accept_clients() {
    while (true) {  // ends with stopped_
      const bool has_room = clients_.size() < options_.most_clients;
      std::array<pollfd, 3> files = {pollfd{.fd = stopped_.number(), .events = POLLIN, .revents = 0},
                                     pollfd{.fd = freed_.number(), .events = POLLIN, .revents = 0},
                                     pollfd{.fd = has_room ? socket_.number() : -1, .events = POLLIN, .revents = 0}};
      ::poll(files.data(), files.size(), -1);
      if (files[0].revents != 0) {
        return;
      }
      if (files[1].revents != 0) {
        let_go_of_done();
      }
      if (files[2].revents != 0) {
        accept_client();
      }
    }
  }

  void let_go_of_done() {
    eventfd_t count = 0;
    ::eventfd_read(freed_.number(), &count);
    std::erase_if(clients_, [](Client& client) {
      if (client.done) {
        client.thread.join();
        return true;
      }
      return false;
    });
  }

  void accept_client() {
    Descriptor connection(::accept4(socket_.number(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) {
      return;
    }
    if (!peer_is_same_user(connection.number())) {
      options_.log->log(LogLevel::kWarning, "a process of another user asked for data, and was refused");
      return;
    }
    Client& client = clients_.emplace_back();
    client.thread = std::thread([this, &client, connection = std::move(connection)]() mutable {
      Channel channel(std::move(connection), stopped_.number(), options_.patience);
      if (const Status answered = answer(channel); !answered) {
        options_.log->log(LogLevel::kDebug, "a reader was not answered to the end", {{"because", answered.error().message()}});
      }
      client.done = true;
      ::eventfd_write(freed_.number(), 1);
    });
  }

  // An error is one of the channel.
  Status answer(Channel& channel) {
    LAKEFLOW_ASSIGN(const std::string frame, channel.read_frame());
    const Result<Question> question = decode_question(frame);
    if (!question) {
      return channel.write_frame(encode(Answer{.error = question.error()}));
    }
    if (question->about == Question::About::kDescription) {
      return channel.write_frame(encode(Answer{.text = destination_.describe(), .error = {}}));
    }
    if (question->about == Question::About::kProcessState) {
      return channel.write_frame(encode(Answer{.text = options_.process_state(), .error = {}}));
    }
    if (question->about == Question::About::kBackup) {
      const Status written = destination_.backup(question->text);
      return channel.write_frame(encode(written ? Answer{.error = {}} : Answer{.error = written.error()}));
    }
    const Result<std::shared_ptr<arrow::RecordBatchReader>> rows = rows_for(*question);
    if (!rows) {
      return channel.write_frame(encode(Answer{.error = rows.error()}));
    }
    LAKEFLOW_TRY(channel.write_frame(encode(Answer{.rows = true, .error = {}})));
    return send_rows(**rows, channel);
  }

  Result<std::shared_ptr<arrow::RecordBatchReader>> rows_for(const Question& question) {
    if (question.about == Question::About::kQuery) {
      return destination_.stoppable_query(question.text, stop_.get_token());
    }
    StateRows rows;
    if (question.about == Question::About::kState) {
      LAKEFLOW_ASSIGN(const std::optional<std::string> value, destination_.find_state(question.owner, question.text));
      if (value) {
        LAKEFLOW_TRY(rows.add(question.text, *value));
      }
    } else {
      LAKEFLOW_TRY(destination_.scan_state(question.owner, question.text,
                                           [&](std::string_view name, std::string_view value) { return rows.add(name, value); }));
    }
    return rows.take();
  }

  Destination& destination_;
  const ReadServerOptions options_;
  Descriptor socket_;
  Descriptor stopped_;  // eventfd: everything ends
  Descriptor freed_;    // eventfd: a client is done
  std::stop_source stop_;
  std::list<Client> clients_;  // of the accepting thread
  std::thread thread_;
};

ReadServer::ReadServer(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}
ReadServer::~ReadServer() = default;

Result<std::unique_ptr<ReadServer>> ReadServer::start(Destination& destination, ReadServerOptions options) {
  LAKEFLOW_ASSIGN(Descriptor socket, listen_in(options.folder));
  return std::unique_ptr<ReadServer>(new ReadServer(std::make_unique<Implementation>(destination, std::move(options), std::move(socket))));
}

}  // namespace lakeflow
