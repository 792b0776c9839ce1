#pragma once

#include <cstddef>
#include <string_view>

namespace lakeflow {

// The whole terminal that stdout leads to, as long as this lives: texts are drawn over each other in one write, so nothing flickers; what
// was on the terminal before comes back at the end.
class LiveScreen {
 public:
  LiveScreen();
  ~LiveScreen();
  LiveScreen(const LiveScreen&) = delete;
  LiveScreen& operator=(const LiveScreen&) = delete;

  std::size_t width() const;  // now, as terminals change
  // Lines that are too many are left out.
  void show(std::string_view text) const;
};

}  // namespace lakeflow
