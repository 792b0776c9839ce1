#include "libs/hl7v2/segment_placer.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace lakeflow::hl7v2 {
namespace {

constexpr std::uint32_t kTypeField = 9;
constexpr std::uint32_t kVersionField = 12;
// MSH-9 and MSH-12 come from outside: what is kept by them stays bounded.
constexpr std::size_t kMostKnown = 1000;
constexpr std::size_t kRecent = 64;
constexpr std::size_t kReadable = 32;
constexpr std::uint32_t kSeveral = kNoSegment - 1;  // patients: none of them

constexpr SegmentName kPatient = segment_name("PID");
constexpr SegmentName kNote = segment_name("NTE");

// For messages of a structure that nobody knows: who belongs to whom in most of the others. Its groups have no names.
constexpr std::string_view kAnyStructure =
    "MSH [{SFT}] [UAC] [MSA] [{ERR}] [EVN] [MFI] [QRD] [QRF] [QPD] [RCP] [SCH] [{NTE}] [{A(PID [PD1] [{NTE}] [{NK1}] [B(PV1 [PV2])] [{AL1}] "
    "[{DG1}] [{PR1}] [{GT1}] [{C(IN1 [IN2] [{IN3}])}])}] [{D([ORC] E(OBR | RXA | RXO | RXE | RXD | RXG | RQD | ODS) [{NTE}] [{RXR}] [{RXC}] "
    "[{F(TQ1 [{TQ2}])}] [{G(OBX [{NTE}])}] [{FT1}] [{H(SPM [{OBX}])}])}] [{I(RGS [{J(AIS [{NTE}])}] [{K(AIG [{NTE}])}] [{L(AIL [{NTE}])}] "
    "[{M(AIP [{NTE}])}])}] [TXA] [{N(OBX [{NTE}])}] [DSC]";

// Segments that go on where another one ends, wherever a structure has them.
struct Continuation {
  SegmentName segment;
  SegmentName of;
};
constexpr std::array kContinuations = {
    Continuation{segment_name("PD1"), kPatient},
    Continuation{segment_name("PV2"), segment_name("PV1")},
    Continuation{segment_name("IN2"), segment_name("IN1")},
    Continuation{segment_name("IN3"), segment_name("IN1")},
    Continuation{segment_name("TQ2"), segment_name("TQ1")},
    Continuation{segment_name("RXR"), segment_name("RXA")},
};

}  // namespace

const MessagePlaces& SegmentPlacer::place(const MessageTokens& message, const FirstFields& header) {
  Known& known = find(header);
  places_.version = known.version;
  places_.structure = known.definition;
  const bool is_short = message.segments.size() <= PlaceMemory::kMostSegments;
  if (is_short && memory_.find(known.number, message.segments, places_.segments)) {
    places_.paths = memory_.paths();
    return places_;
  }
  run(known, message);
  places_.paths = paths_;
  if (is_short) {
    memory_.keep(known.number, message.segments, places_.segments, places_.paths);
  }
  return places_;
}

SegmentPlacer::Known& SegmentPlacer::find(const FirstFields& header) {
  const Part type = header.field(kTypeField).repetition(1);
  const std::string_view version_id = header.field(kVersionField).subcomponent(1).raw();
  if (recent_.empty()) {
    recent_.resize(kRecent);
  }
  std::uint32_t hash = 0;
  for (const std::string_view part : {type.raw(), version_id}) {
    for (const char c : part) {
      hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x9E3779B1U;
    }
  }
  Recent& recent = recent_[(hash >> 16U) % kRecent];
  if (recent.known != nullptr && recent.type == type.raw() && recent.version == version_id) {
    return *recent.known;
  }
  std::string key(type.raw());
  key += '\n';
  key += version_id;
  auto found = known_.find(key);
  if (found == known_.end()) {
    if (known_.size() >= kMostKnown) {
      known_.clear();
      memory_.clear();
      std::ranges::fill(recent_, Recent());
    }
    const VersionMatch version = find_version(version_id);
    const StructureDefinition definition = find_structure(version.version, type.component(1).subcomponent(1).raw(),
                                                          type.component(2).subcomponent(1).raw(), type.component(3).subcomponent(1).raw());
    MessageStructure structure(definition.text.empty() ? kAnyStructure : definition.text);
    const auto number = static_cast<std::uint32_t>(known_.size());
    found = known_.emplace(std::move(key), std::make_unique<Known>(number, version, definition, std::move(structure))).first;
  }
  recent = {std::string(type.raw()), std::string(version_id), found->second.get()};
  return *recent.known;
}

void SegmentPlacer::run(Known& known, const MessageTokens& message) {
  MessageStructure& structure = known.structure;
  const auto& nodes = structure.nodes();
  open_.assign(nodes.size(), Open());
  groups_.assign(1, GroupRepetition());
  paths_.clear();
  places_.segments.clear();
  std::uint16_t node = 0;
  for (std::uint32_t i = 0; i < message.segments.size(); ++i) {
    const SegmentName name = message.segments[i].name;
    const MessageStructure::Step& step = structure.step(node, name);
    const bool is_placed = step.node != MessageStructure::kNone;
    if (is_placed) {
      node = step.node;
      if (step.entered != MessageStructure::kNone) {
        open(nodes, step.node, step.entered);
      }
    }
    const std::uint16_t group = nodes[node].group;
    if (name == kPatient) {
      note_patient(nodes, i, group);
    }
    const GroupRepetition& in = groups_[open_[group].repetition];
    SegmentPlace place{
        .path_begin = in.path_begin, .path_size = in.path_size, .parent = kNoSegment, .patient = patient_of(nodes, group), .is_placed = is_placed};
    place.parent = parent_of(nodes, message, i, group, is_placed);
    if (place.parent == kNoSegment && place.patient != i) {
      place.parent = place.patient;
    }
    places_.segments.push_back(place);
    if (is_placed && nodes[node].is_anchor) {
      open_[group].anchor = i;
    }
  }
  paths_.append(kReadable, '\0');
}

// Begins a repetition of the outermost group that the step enters, and of those in it on the way to the segment.
void SegmentPlacer::open(const std::vector<MessageStructure::Node>& nodes, std::uint16_t node, std::uint16_t entered) {
  const std::uint32_t count = open_[entered].count + 1;
  std::fill(open_.begin() + entered, open_.begin() + nodes[entered].end, Open());
  open_[entered].count = count;
  for (std::uint16_t group = entered;;) {
    Open& opened = open_[group];
    opened.count = std::max(opened.count, 1U);
    opened.repetition = static_cast<std::uint32_t>(groups_.size());
    add_repetition(nodes[group].name, opened.count, open_[nodes[group].group].repetition);
    const std::uint16_t innermost = nodes[node].group;
    if (group == innermost) {
      return;
    }
    std::uint16_t next = innermost;
    while (nodes[next].group != group) {
      next = nodes[next].group;
    }
    group = next;
  }
}

void SegmentPlacer::add_repetition(std::string_view name, std::uint32_t number, std::uint32_t around) {
  GroupRepetition repetition{.path_begin = static_cast<std::uint32_t>(paths_.size()), .path_size = 0};
  if (!places_.structure.name.empty()) {
    const GroupRepetition outer = groups_[around];
    constexpr std::size_t kMostBeside = 16;  // a point, brackets and a number
    const std::size_t room = paths_.size() + outer.path_size + name.size() + kMostBeside;
    paths_.resize_and_overwrite(room, [&](char* text, std::size_t) {
      char* at = std::copy_n(text + outer.path_begin, outer.path_size, text + repetition.path_begin);
      if (outer.path_size > 0) {
        *at++ = '.';
      }
      at = std::copy(name.begin(), name.end(), at);
      *at++ = '[';
      at = std::to_chars(at, text + room, number).ptr;
      *at++ = ']';
      return static_cast<std::size_t>(at - text);
    });
    repetition.path_size = static_cast<std::uint32_t>(paths_.size()) - repetition.path_begin;
  }
  groups_.push_back(repetition);
}

std::uint32_t SegmentPlacer::parent_of(const std::vector<MessageStructure::Node>& nodes, const MessageTokens& message, std::uint32_t index,
                                       std::uint16_t group, bool is_placed) const {
  const SegmentName name = message.segments[index].name;
  if (const auto continued = std::ranges::find(kContinuations, name, &Continuation::segment); continued != kContinuations.end()) {
    for (std::uint32_t i = index; i-- > 0;) {
      if (message.segments[i].name == continued->of) {
        return i;
      }
      if (message.segments[i].name == kPatient) {
        break;
      }
    }
  }
  const bool belongs_to_group = is_placed || is_local(name);
  for (std::uint16_t around = group; belongs_to_group; around = nodes[around].group) {
    const std::uint32_t anchor = open_[around].anchor;
    if (anchor != kNoSegment && message.segments[anchor].name != name) {
      return anchor;
    }
    if (around == 0) {
      break;
    }
  }
  // A note without a place, or without anything in it that it could be of, is of what it stands behind.
  std::uint32_t behind = name == kNote ? index : kNoSegment;
  while (name == kNote && behind > 0 && message.segments[behind].name == kNote) {
    --behind;
  }
  return behind;
}

std::uint32_t SegmentPlacer::patient_of(const std::vector<MessageStructure::Node>& nodes, std::uint16_t group) const {
  for (std::uint16_t around = group;; around = nodes[around].group) {
    if (const std::uint32_t patient = open_[around].patient; patient != kNoSegment || around == 0) {
      return patient == kSeveral ? kNoSegment : patient;
    }
  }
}

void SegmentPlacer::note_patient(const std::vector<MessageStructure::Node>& nodes, std::uint32_t index, std::uint16_t group) {
  open_[group].patient = index;
  if (group != 0) {
    open_[nodes[group].group].patient = nodes[group].repeats && open_[group].count > 1 ? kSeveral : index;
  }
}

}  // namespace lakeflow::hl7v2
