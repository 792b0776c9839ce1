#include "sources/healthcare/test/hl7v2_plain_message.h"

#include <algorithm>
#include <optional>
#include <span>

#include "libs/hl7v2/tokenizer.h"

namespace lakeflow::hl7v2::plain {

Texts cut(std::string_view text, char delimiter) {
  Texts parts;
  for (std::size_t at = 0;;) {
    const std::size_t next = delimiter == kNoDelimiter ? std::string_view::npos : text.find(delimiter, at);
    parts.emplace_back(text.substr(at, next == std::string_view::npos ? next : next - at));
    if (next == std::string_view::npos) {
      return parts;
    }
    at = next + 1;
  }
}

// The first segment, which ends as all of them do.
std::string_view header_of(std::string_view bytes) { return bytes.substr(0, bytes.find(bytes.contains('\r') ? '\r' : '\n')); }

Message::Message(std::string_view bytes) {
  const auto delimiters = bytes.starts_with("MSH") ? parse_delimiters(bytes) : std::nullopt;
  if (!delimiters) {
    return;
  }
  delimiters_ = *delimiters;
  const std::string set_name = declared_set(bytes);
  auto found = CharacterSet::find(set_name);
  const bool is_plainly_utf8 = is_utf8(bytes) && !is_ascii(bytes);
  if (found && !(is_plainly_utf8 && found->is_hardly_utf8())) {
    character_set_ = std::move(*found);
  } else if (!set_name.empty() && (!is_ascii(bytes) || may_be_more(bytes))) {
    character_set_.append_utf8(part(cut(header_of(bytes), delimiters_.field), 17), disregarded_);
  }
  character_set_.append_utf8(bytes, text_, delimiters_.escape);
  has_undecodable_ = has_undecodable(text_);
  divide();
  is_readable_ = true;
}

bool Message::is_damaged() const {
  const std::size_t end = text_.find(delimiters_.field, 4);
  if (end == std::string::npos) {
    return false;
  }
  const std::string sign = text_.substr(3, end - 2);
  return std::ranges::any_of(std::span(starts_).subspan(1), [&](std::size_t at) { return text_.substr(at, 8 + sign.size()).contains(sign); });
}

std::string Message::declared_set(std::string_view bytes) const {
  const Texts fields = cut(header_of(bytes), delimiters_.field);
  std::string switched_to;
  for (const std::string& name : cut(part(fields, 17), delimiters_.repetition)) {
    if (name == "ISO IR87" || name == "ISO IR159") {
      switched_to = switched_to.empty() ? name : switched_to;
    } else if (!name.empty() && name != "ASCII" && name != "ISO IR6") {
      return name;
    }
  }
  return switched_to;
}

// Whether ASCII bytes may stand for others: a switch of sets, a hexadecimal escape.
bool Message::may_be_more(std::string_view bytes) const {
  const std::string escape(1, delimiters_.escape);
  return bytes.contains('\x1b') ||
         (delimiters_.escape != kNoDelimiter && (bytes.contains(escape + "X") || bytes.contains(escape + "C") || bytes.contains(escape + "M")));
}

void Message::divide() {
  const char terminator = text_.contains('\r') ? '\r' : '\n';
  std::size_t at = 0;
  for (const std::string& line : cut(text_, terminator)) {
    std::string_view rest = line;
    const std::size_t begin = at;
    at += line.size() + 1;
    while (rest.starts_with('\n')) {
      rest.remove_prefix(1);
    }
    if (const std::size_t name = rest.find_first_not_of(" \t"); name != 0 && name != std::string_view::npos && !segments_.empty() &&
                                                                name + 3 < rest.size() && rest[name + 3] == delimiters_.field &&
                                                                is_segment_name(rest.substr(name, 3))) {
      rest.remove_prefix(name);
    }
    const std::size_t start = begin + line.size() - rest.size();
    // Only line feeds before a name belong to the terminator; those behind the last segment end the text.
    while (at > text_.size() && rest.ends_with('\n')) {
      rest.remove_suffix(1);
    }
    if (rest.empty()) {
      continue;
    }
    const bool is_named = rest.size() == 3 || (rest.size() > 3 && rest[3] == delimiters_.field);
    Segment segment{.name = is_named ? std::string(rest.substr(0, 3)) : "", .fields = {}};
    const bool is_first = segments_.empty();
    if (is_first) {
      const std::size_t end = rest.find(delimiters_.field, 4);
      segment.fields = {"MSH", std::string(1, delimiters_.field), std::string(rest.substr(4, end == std::string_view::npos ? end : end - 4))};
      if (end != std::string_view::npos) {
        for (std::string& field : cut(rest.substr(end + 1), delimiters_.field)) {
          segment.fields.push_back(std::move(field));
        }
      }
    } else {
      segment.fields = cut(rest, delimiters_.field);
      if (segment.name == "MSH" || segment.name == "BHS" || segment.name == "FHS") {
        segment.fields.insert(segment.fields.begin() + 1, std::string(rest.substr(3, 1)));
      }
    }
    starts_.push_back(start);
    segments_.push_back(std::move(segment));
  }
}

}  // namespace lakeflow::hl7v2::plain
