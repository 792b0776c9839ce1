#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/logging.h"

namespace lakeflow {

// Keeps what is logged: "message name=value name=value".
class LogLines final : public Logger {
 public:
  void write(LogLevel, std::string_view message, Fields fields) override {
    std::string line(message);
    for (const auto& [name, value] : fields) {
      line += " " + std::string(name) + "=" + value;
    }
    lines.push_back(std::move(line));
  }
  std::vector<std::string> lines;
};

}  // namespace lakeflow
