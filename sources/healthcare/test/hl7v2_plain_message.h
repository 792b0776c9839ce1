#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/hl7v2/character_set.h"
#include "libs/hl7v2/delimiters.h"

namespace lakeflow::hl7v2::plain {

using Texts = std::vector<std::string>;

Texts cut(std::string_view text, char delimiter);

// Empty where there is none.
inline std::string part(const Texts& parts, std::size_t number) { return number < parts.size() ? parts[number] : std::string(); }

struct Segment {
  std::string name;
  Texts fields;  // by number; fields[0] is the name
};

// A message as the plain decoder reads it: cut with the simplest means, nothing shared with the tokenizer.
class Message {
 public:
  explicit Message(std::string_view bytes);

  bool is_readable() const { return is_readable_; }
  bool has_undecodable_bytes() const { return has_undecodable_; }
  const std::vector<Segment>& segments() const { return segments_; }
  const std::string& text() const { return text_; }
  const Delimiters& delimiters() const { return delimiters_; }
  CharacterSet& character_set() { return character_set_; }
  // MSH-18, where it was not obeyed.
  const std::string& disregarded_sets() const { return disregarded_; }

  // Another segment that begins as the header does, behind its name.
  bool is_damaged() const;

 private:
  std::string declared_set(std::string_view bytes) const;
  bool may_be_more(std::string_view bytes) const;
  void divide();

  bool is_readable_ = false;
  bool has_undecodable_ = false;
  std::string disregarded_;
  Delimiters delimiters_;
  CharacterSet character_set_ = CharacterSet::utf8();
  std::string text_;
  std::vector<Segment> segments_;
  std::vector<std::size_t> starts_;
};

}  // namespace lakeflow::hl7v2::plain
