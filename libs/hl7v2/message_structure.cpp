#include "libs/hl7v2/message_structure.h"

#include <algorithm>
#include <array>

namespace lakeflow::hl7v2 {
namespace {

// These say something of whatever they stand behind: they never go back to an earlier place.
constexpr std::array kRemarks = {segment_name("NTE"), segment_name("PRT"), segment_name("ROL"), segment_name("CTD"), segment_name("ARV")};
// What stands beside these in a message as such is the message's, or the patient's, and not theirs.
constexpr std::array kNoAnchors = {segment_name("MSH"), segment_name("SFT"), segment_name("UAC"), segment_name("EVN"),
                                   segment_name("MSA"), segment_name("ERR"), segment_name("PV1")};

bool contains(const auto& names, SegmentName name) { return std::ranges::find(names, name) != names.end(); }

}  // namespace

MessageStructure::MessageStructure(std::string_view text) {
  Node message;
  message.kind = Node::Kind::kGroup;
  nodes_.push_back(message);
  for (std::size_t at = 0; at < text.size();) {
    at = text[at] == ' ' ? at + 1 : (parse(text, at, 0, true, false), at);
  }
  nodes_.front().end = static_cast<std::uint16_t>(nodes_.size());
  mark_anchors();
  names_.resize(kNameSlots);
  for (const Node& node : nodes_) {
    if (node.kind == Node::Kind::kSegment) {
      NameSlot& slot = find_name(node.segment);
      if (slot.name == 0) {
        slot = {node.segment, static_cast<std::uint16_t>(name_count_++)};
      }
    }
  }
  steps_.resize(nodes_.size() * name_count_);
}

// Reads one part of the text: "PID", "[PID]", "{PID}", "[{PID}]", "NAME(PID [PD1])", "NAME(OBR | RQD)".
std::uint16_t MessageStructure::parse(std::string_view text, std::size_t& at, std::uint16_t parent, bool is_required, bool repeats) {
  if (text[at] == '[' || text[at] == '{') {
    const bool is_optional = text[at] == '[';
    ++at;
    const std::uint16_t node = parse(text, at, parent, is_required && !is_optional, repeats || !is_optional);
    ++at;
    return node;
  }
  const std::size_t end = std::min(text.find_first_of(" ()[]{}|", at), text.size());
  const auto number = static_cast<std::uint16_t>(nodes_.size());
  Node node;
  node.is_required = is_required;
  node.repeats = repeats;
  node.parent = parent;
  node.group = nodes_[parent].kind == Node::Kind::kChoice ? nodes_[parent].group : parent;
  node.name = text.substr(at, end - at);
  node.segment = segment_name(node.name);
  nodes_.push_back(node);
  at = end;
  if (at < text.size() && text[at] == '(') {
    nodes_[number].kind = Node::Kind::kGroup;
    // Which of the two it is shows only behind its first part.
    std::size_t depth = 0;
    for (std::size_t i = at; i < text.size(); ++i) {
      depth += text[i] == '(' ? 1U : 0U;
      depth -= text[i] == ')' ? 1U : 0U;
      if (depth == 0) {
        break;
      }
      if (depth == 1 && text[i] == '|') {
        nodes_[number].kind = Node::Kind::kChoice;
      }
    }
    for (++at; at < text.size() && text[at] != ')';) {
      if (text[at] == ' ' || text[at] == '|') {
        ++at;
      } else {
        parse(text, at, number, true, false);
      }
    }
    ++at;
  }
  nodes_[number].end = static_cast<std::uint16_t>(nodes_.size());
  return number;
}

// The anchors of a group are its required segments, an ORC, and, where it has none of these, its first segment.
void MessageStructure::mark_anchors() {
  std::vector<bool> has_anchor(nodes_.size());
  for (std::uint16_t i = 1; i < nodes_.size(); ++i) {
    Node& node = nodes_[i];
    bool is_required = node.is_required;
    for (std::uint16_t choice = node.parent; nodes_[choice].kind == Node::Kind::kChoice; choice = nodes_[choice].parent) {
      is_required = is_required && nodes_[choice].is_required;
    }
    const bool is_possible = node.kind == Node::Kind::kSegment && (node.group != 0 || !contains(kNoAnchors, node.segment));
    node.is_anchor = is_possible && (is_required || node.segment == segment_name("ORC"));
    has_anchor[node.group] = has_anchor[node.group] || node.is_anchor;
  }
  for (std::uint16_t i = 1; i < nodes_.size(); ++i) {
    Node& node = nodes_[i];
    if (node.kind == Node::Kind::kSegment && node.group != 0 && !has_anchor[node.group]) {
      node.is_anchor = true;
      has_anchor[node.group] = true;
    }
  }
}

MessageStructure::NameSlot& MessageStructure::find_name(SegmentName name) {
  std::size_t slot = slot_of(name);
  while (names_[slot].name != name && names_[slot].name != 0) {
    slot = (slot + 1) % names_.size();
  }
  return names_[slot];
}

const MessageStructure::Step& MessageStructure::step(std::uint16_t from, SegmentName segment) {
  const NameSlot& name = find_name(segment);
  if (name.name == 0) {
    return no_step_;
  }
  KnownStep& known = steps_[from * name_count_ + name.number];
  if (!known.is_known) {
    known = {find(from, segment), true};
  }
  return known.step;
}

MessageStructure::Step MessageStructure::find(std::uint16_t from, SegmentName segment) const {
  if (nodes_[from].segment == segment && nodes_[from].repeats) {
    return {from, kNone};
  }
  for (const Entry entry : {Entry::kFirst, Entry::kRequired, Entry::kEarlier}) {
    if (entry == Entry::kEarlier && contains(kRemarks, segment)) {
      break;
    }
    if (const Step found = find(from, segment, entry); found.node != kNone) {
      return found;
    }
  }
  return {};
}

MessageStructure::Step MessageStructure::find(std::uint16_t from, SegmentName segment, Entry entry) const {
  for (std::uint16_t inner = from, group = nodes_[from].parent;; inner = group, group = nodes_[group].parent) {
    const Node& around = nodes_[group];
    // Nothing follows within a choice.
    const bool is_group = around.kind == Node::Kind::kGroup;
    const bool goes_back = entry == Entry::kEarlier;
    const std::uint16_t begin = goes_back || from == 0 ? static_cast<std::uint16_t>(group + 1) : nodes_[inner].end;
    const std::uint16_t end = goes_back ? nodes_[inner].end : around.end;
    for (std::uint16_t part = begin; is_group && part < end; part = nodes_[part].end) {
      if (const std::uint16_t found = enter(part, segment, goes_back ? Entry::kFirst : entry, false); found != kNone) {
        return entered(part, found);
      }
    }
    if (around.repeats && !goes_back) {
      if (const std::uint16_t found = enter(group, segment, entry, false); found != kNone) {
        return entered(group, found);
      }
    }
    if (group == 0) {
      return {};
    }
  }
}

// A step into a part of a group that is open; a choice is no group of its own.
MessageStructure::Step MessageStructure::entered(std::uint16_t part, std::uint16_t found) const {
  std::uint16_t outermost = kNone;
  for (std::uint16_t node = found; node >= part && node != 0; node = nodes_[node].parent) {
    if (nodes_[node].kind == Node::Kind::kGroup) {
      outermost = node;
    }
  }
  return {found, outermost};
}

// The place of a segment in a part that it opens.
std::uint16_t MessageStructure::enter(std::uint16_t node, SegmentName segment, Entry entry, bool only_required) const {
  if (nodes_[node].kind == Node::Kind::kSegment) {
    return nodes_[node].segment == segment ? node : kNone;
  }
  bool passed_required = only_required;
  for (auto part = static_cast<std::uint16_t>(node + 1); part < nodes_[node].end; part = nodes_[part].end) {
    if (!passed_required || nodes_[part].is_required) {
      if (const std::uint16_t found = enter(part, segment, entry, passed_required); found != kNone) {
        return found;
      }
    }
    if (nodes_[node].kind == Node::Kind::kGroup && nodes_[part].is_required) {
      if (entry == Entry::kFirst) {
        return kNone;
      }
      passed_required = true;
    }
  }
  return kNone;
}

}  // namespace lakeflow::hl7v2
