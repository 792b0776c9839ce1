#include "tools/lakeflow/run_destination.h"

#include "tools/builtin/builtin.h"
#include "tools/lakeflow/console.h"

namespace lakeflow {

Result<Destination*> RunDestination::open() {
  LAKEFLOW_ASSIGN(destination_, open_destination(pipeline_, false));
  Result<std::unique_ptr<ReadServer>> server = ReadServer::start(
      *destination_, {.folder = working_folder(pipeline_), .process_state = [this] { return to_json(monitor_.snapshot()); }, .log = &console_});
  if (server) {
    server_ = *std::move(server);
  } else {
    console_.warning(Error(server.error().kind(), server.error().message(), "the run goes on; other commands can't read until it ends"));
  }
  return destination_.get();
}

void RunDestination::close(bool say_failure) {
  if (destination_ == nullptr) {
    return;
  }
  server_.reset();
  if (const Status closed = destination_->close(); !closed && say_failure) {
    console_.warning(closed.error());
  }
  destination_.reset();
}

}  // namespace lakeflow
