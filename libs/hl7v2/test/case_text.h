#pragma once

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <string_view>

namespace lakeflow::hl7v2 {

// A line of a case with its long texts written out: <3*ab> is ababab.
inline std::string repeated(std::string_view line) {
  std::string text;
  while (!line.empty()) {
    const std::size_t open = std::min(line.find('<'), line.size());
    std::size_t count = 0;
    const auto [star, failure] = std::from_chars(line.data() + std::min(open + 1, line.size()), line.data() + line.size(), count);
    const std::size_t close = line.find('>', open);
    if (failure != std::errc() || close == std::string_view::npos || *star != '*') {
      const std::size_t taken = std::min(open + 1, line.size());
      text += line.substr(0, taken);
      line.remove_prefix(taken);
      continue;
    }
    text += line.substr(0, open);
    const std::string_view part(star + 1, line.data() + close);
    for (; count > 0; --count) {
      text += part;
    }
    line.remove_prefix(close + 1);
  }
  return text;
}

// A line of a case as the bytes that it means: <CR> <LF> <VT> <FS> <BOM> and <E9> (hexadecimal) are those bytes.
inline std::string unfold(std::string_view line) {
  static const std::map<std::string_view, std::string_view> kNames = {
      {"LF", "\n"}, {"VT", "\x0b"}, {"FS", "\x1c"}, {"BOM", "\xEF\xBB\xBF"}, {"CR", "\r"}};
  std::string bytes;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const std::size_t close = line[i] == '<' ? line.find('>', i) : std::string_view::npos;
    const std::string_view name = close == std::string_view::npos ? std::string_view() : line.substr(i + 1, close - i - 1);
    unsigned byte = 0;
    if (const auto named = kNames.find(name); named != kNames.end()) {
      bytes += named->second;
    } else if (name.size() == 2 && std::from_chars(name.data(), name.data() + 2, byte, 16).ec == std::errc()) {
      bytes += static_cast<char>(static_cast<unsigned char>(byte));
    } else {
      bytes += line[i];
      continue;
    }
    i = close;
  }
  return bytes;
}

}  // namespace lakeflow::hl7v2
