#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lakeflow {

// A `lakeflow ingest PIPELINE [argument...]` of its own process, as a user starts it. It is killed with this object, where it still runs.
class IngestProcess {
 public:
  // What it prints goes to a file beside the pipeline's, which begins anew with each process.
  explicit IngestProcess(std::filesystem::path pipeline, std::vector<std::string> arguments = {});
  IngestProcess(const IngestProcess&) = delete;
  IngestProcess& operator=(const IngestProcess&) = delete;
  ~IngestProcess();

  bool is_running();
  void kill();       // kill -9
  void interrupt();  // as Ctrl-C does
  // Waits for its end. Its exit code; nothing where a signal ended it.
  std::optional<int> wait();

  std::string output() const;

 private:
  std::filesystem::path output_;
  pid_t process_ = -1;  // not positive: none
  int status_ = 0;
};

}  // namespace lakeflow
