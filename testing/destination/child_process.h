#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

namespace lakeflow::testing {

// Runs the function in a process of its own (a fork: no destination may be open here) and gives what it returns, and then
// "killed by 9" where a signal ended it.
std::string in_child(const std::function<std::string()>& work);

// A child that holds on until this object ends.
class WaitingChild {
 public:
  // `work` calls `ready` with what it has to say, and that returns when the child is let go.
  explicit WaitingChild(const std::function<void(const std::function<void(std::string)>& ready)>& work);
  WaitingChild(const WaitingChild&) = delete;
  WaitingChild& operator=(const WaitingChild&) = delete;
  ~WaitingChild();
  const std::string& said() const { return said_; }
  pid_t process() const { return process_; }
  void kill();

 private:
  pid_t process_ = -1;
  int let_go_ = -1;
  std::string said_;
};

// A file system of `kilobytes` in memory over the folder, seen by this process and its children alone; false where that is not permitted.
bool mount_small_disk(const std::string& folder, int kilobytes);
bool make_read_only(const std::string& folder);

}  // namespace lakeflow::testing
