#include "tools/lakeflow/live_screen.h"

#include <cerrno>
#include <string>

#include <sys/ioctl.h>
#include <unistd.h>

#include "tools/lakeflow/output/display_text.h"

namespace lakeflow {
namespace {

// Another screen without a cursor, and back.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H";
constexpr std::string_view kClearToLineEnd = "\x1b[K";
constexpr std::string_view kClearBelow = "\x1b[J";

winsize size_now() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    size.ws_col = 80;
    size.ws_row = 24;
  }
  return size;
}

// A terminal that is gone gets nothing.
void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR) {
      return;
    }
    text.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
  }
}

}  // namespace

LiveScreen::LiveScreen() { write_all(kEnter); }
LiveScreen::~LiveScreen() { write_all(kLeave); }

std::size_t LiveScreen::width() const { return size_now().ws_col; }

void LiveScreen::show(std::string_view text) const {
  const winsize size = size_now();
  std::string frame(kHome);
  for (std::size_t line = 0; line + 1 < size.ws_row && !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    // A line that wraps would push the others down.
    frame += cut_to_width(text.substr(0, end), size.ws_col);
    frame += kClearToLineEnd;
    frame += "\r\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  frame += kClearBelow;
  write_all(frame);
}

}  // namespace lakeflow
