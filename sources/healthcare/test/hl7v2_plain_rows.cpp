#include "sources/healthcare/test/hl7v2_plain_rows.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/options.h"
#include "libs/hl7v2/character_set.h"
#include "libs/hl7v2/date_time.h"
#include "libs/hl7v2/delimiters.h"
#include "libs/hl7v2/dictionary.h"
#include "libs/hl7v2/escape_sequence.h"
#include "sources/healthcare/test/hl7v2_plain_message.h"

namespace lakeflow::hl7v2 {
namespace {

using Json = nlohmann::ordered_json;
using plain::cut;
using plain::Message;
using plain::part;
using plain::Segment;
using plain::Texts;

std::string local_text(std::int64_t micros) {
  std::string text = format_utc(micros);
  text.pop_back();
  return text;
}

// The codes of table 0529, which TS had behind its time.
bool is_precision(std::string_view text) { return text == "Y" || text == "L" || text == "D" || text == "H" || text == "M" || text == "S"; }

// A row that is being made.
class Row {
 public:
  Row(Message& message, std::string segment) : message_(message), segment_(std::move(segment)) {}

  Json columns = Json::object();
  std::uint32_t number = 0;  // of the segment among those of its name
  bool had_place = false;    // a value did, whether it fitted there or not

  static std::string address(const std::string& segment, std::uint32_t number, std::size_t field, std::size_t repetition, std::size_t component,
                             std::size_t subcomponent) {
    std::string text = segment;
    text += number > 0 ? fmt::format("[{}]", number) : "";
    text += fmt::format("-{}", field);
    text += repetition > 0 ? fmt::format("[{}]", repetition + 1) : "";
    text += component > 0 || subcomponent > 0 ? fmt::format(".{}", component + 1) : "";
    text += subcomponent > 0 ? fmt::format(".{}", subcomponent + 1) : "";
    return text;
  }

  void rescue(const std::string& at, std::string_view raw) {
    std::string shown;
    append_shown(raw, shown);
    std::pair<std::string, std::string> rescued(at, std::move(shown));
    if (!at.starts_with("MSH-") || std::ranges::find(rescued_, rescued) == rescued_.end()) {
      rescued_.push_back(std::move(rescued));
    }
  }

  // What the value says; rescued where bytes of it could not be decoded.
  std::string text_of(const std::string& raw, const std::string& at, bool is_divided = false) {
    std::string text;
    if (is_divided) {
      text = raw;
    } else {
      unescape(raw, message_.delimiters(), message_.character_set(), text);
    }
    if (has_undecodable(text)) {
      rescue(at, text);
      std::string replaced;
      append_replaced(text, replaced);
      return replaced;
    }
    return text;
  }

  // Members of a value of that kind, into `parent`.
  void put(Json& parent, const std::string& name, ValueKind kind, const std::string& raw, const std::string& at) {
    had_place = true;
    const std::string text = text_of(raw, at);
    switch (kind) {
      case ValueKind::kInteger:
        if (const auto value = parse_integer(text)) {
          parent[name] = *value;
        } else {
          rescue(at, raw);
        }
        break;
      case ValueKind::kNumber:
        if (const auto value = number_of(text)) {
          parent[name] = *value;
        } else {
          rescue(at, raw);
        }
        break;
      case ValueKind::kDateTime: {
        parent[name] = text;
        put_time(parent, name + "_local", name + "_utc", text, raw, at);
        break;
      }
      default: parent[name] = text;
    }
  }

  void put_time(Json& parent, const std::string& local, const std::string& utc, const std::string& text, const std::string& raw,
                const std::string& at) {
    const auto time = parse_date_time(text);
    if (!time && text != "\"\"") {
      rescue(at, raw);
    }
    if (time && time->has_day()) {
      parent[local] = local_text(time->local_micros());
      if (time->has_hour() && time->zone_minutes) {
        parent[utc] = format_utc(time->local_micros() - *time->zone_minutes * std::int64_t{60'000'000});
      }
    }
  }

  // A time alone, where no text stands beside it.
  void put_time_alone(Json& parent, const std::string& name, const std::string& raw, const std::string& at) {
    const auto time = parse_date_time(text_of(raw, at));
    if (!time || !time->has_day()) {
      rescue(at, raw);
    } else {
      parent[name] = local_text(time->local_micros());
    }
  }

  static std::optional<double> number_of(std::string_view text) {
    const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
    double value = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
    const bool is_number = failure == std::errc() && end == digits.data() + digits.size() && digits.find_first_of("infa") == std::string_view::npos;
    std::string significant;
    for (const char c : digits) {
      if (c >= '0' && c <= '9' && (c != '0' || !significant.empty())) {
        significant += c;
      }
    }
    return is_number && significant.size() <= 15 ? std::optional(value) : std::nullopt;
  }

  // A repetition or a field that does not repeat: a struct by components; null where nothing of it has a place.
  Json composite(const DatatypeDefinition& type, const std::string& raw, std::size_t field, std::size_t repetition) {
    Json object = Json::object();
    const Texts components = cut(raw, message_.delimiters().component);
    for (std::size_t c = 0; c < components.size(); ++c) {
      const Texts parts = cut(components[c], message_.delimiters().subcomponent);
      for (std::size_t s = 0; s < parts.size(); ++s) {
        if (parts[s].empty()) {
          continue;
        }
        const std::string at = address(segment_, number, field, repetition, c, s);
        if (c >= type.components.size()) {
          rescue(at, parts[s]);
          continue;
        }
        const ComponentDefinition& component = type.components[c];
        const std::string name(component.name);
        if (component.type->kind != ValueKind::kComposite) {
          if (s == 0) {
            put(object, name, component.type->kind, parts[s], at);
          } else if (component.type->kind != ValueKind::kDateTime || s > 1 || !is_precision(parts[s])) {
            rescue(at, parts[s]);
          }
        } else if (s < component.type->components.size() && component.type->components[s].type->kind != ValueKind::kComposite) {
          Json inner = object.contains(name) ? object[name] : Json::object();
          put(inner, std::string(component.type->components[s].name), component.type->components[s].type->kind, parts[s], at);
          if (!inner.empty()) {
            object[name] = inner;
          }
        } else {
          rescue(at, parts[s]);
        }
      }
    }
    return object.empty() ? Json() : in_order(type, object);
  }

  // A value without parts: its first one, the others rescued.
  std::optional<std::string> first_part(const std::string& raw, std::size_t field, std::size_t repetition, bool is_time) {
    std::optional<std::string> first;
    const Texts components = cut(raw, message_.delimiters().component);
    // The first part is read before the others are rescued, so the caller reads it when all of them were looked through in order.
    for (std::size_t c = 0; c < components.size(); ++c) {
      const Texts parts = cut(components[c], message_.delimiters().subcomponent);
      for (std::size_t s = 0; s < parts.size(); ++s) {
        if (parts[s].empty()) {
          continue;
        }
        if (c == 0 && s == 0) {
          first = parts[s];
        } else if (!is_time || c != 1 || s != 0 || !is_precision(parts[s])) {
          later_.emplace_back(address(segment_, number, field, repetition, c, s), parts[s]);
        }
      }
    }
    return first;
  }
  void rescue_later() {
    for (const auto& [at, raw] : later_) {
      rescue(at, raw);
    }
    later_.clear();
  }

  std::string finish() {
    if (!rescued_.empty()) {
      std::string members;
      for (const auto& [at, raw] : rescued_) {
        members += members.empty() ? "" : ",";
        members += Json(at).dump() + ":" + Json(raw).dump();
      }
      std::string text = columns.dump();
      const std::string comma = columns.empty() ? "" : ",";
      text.insert(text.size() - 1, comma + R"("_rescued_data":{)" + members + "}");
      return text;
    }
    return columns.dump();
  }

 private:
  // Members in the datatype's order: those of a time stand beside it.
  static Json in_order(const DatatypeDefinition& type, const Json& object) {
    Json sorted = Json::object();
    for (const ComponentDefinition& component : type.components) {
      const std::string name(component.name);
      for (const std::string& member : {name, name + "_local", name + "_utc"}) {
        const bool is_own = member == name || component.type->kind == ValueKind::kDateTime;
        if (is_own && object.contains(member)) {
          sorted[member] = component.type->kind == ValueKind::kComposite ? in_order(*component.type, object[member]) : object[member];
        }
      }
    }
    return sorted;
  }

  Message& message_;
  std::string segment_;
  std::vector<std::pair<std::string, std::string>> rescued_;
  std::vector<std::pair<std::string, std::string>> later_;
};

// An element at its place in a list; what lies between is null.
void place(Json& list, std::size_t index, Json element) {
  if (!list.is_array()) {
    list = Json::array();
  }
  while (list.size() <= index) {
    list.push_back(nullptr);
  }
  list[index] = std::move(element);
}

void put_varying(Message& message, Row& row, const std::string& segment, const FieldDefinition& field, std::size_t number, const Texts& repetitions) {
  Json texts;
  for (std::size_t r = 0; r < repetitions.size(); ++r) {
    if (!repetitions[r].empty()) {
      const Delimiters& d = message.delimiters();
      const bool is_divided = cut(repetitions[r], d.component).size() > 1 || cut(repetitions[r], d.subcomponent).size() > 1;
      place(texts, r, row.text_of(repetitions[r], Row::address(segment, 0, number, r, 0, 0), is_divided));
    }
  }
  if (!texts.is_null()) {
    row.columns[std::string(field.name)] = texts;
  }
}

void put_field(Message& message, Row& row, const std::string& segment, const FieldDefinition& field, const std::string& name, std::size_t number,
               const std::string& raw) {
  const DatatypeDefinition& type = *field.type;
  const Texts repetitions = cut(raw, message.delimiters().repetition);
  if (type.kind == ValueKind::kVaries && field.repeats) {
    put_varying(message, row, segment, field, number, repetitions);
    return;
  }
  Json list;
  Json locals;    // of times that repeat
  Json instants;  // likewise
  for (std::size_t r = 0; r < repetitions.size(); ++r) {
    if (repetitions[r].empty()) {
      continue;
    }
    if (r > 0 && !field.repeats) {
      const Texts components = cut(repetitions[r], message.delimiters().component);
      for (std::size_t c = 0; c < components.size(); ++c) {
        const Texts parts = cut(components[c], message.delimiters().subcomponent);
        for (std::size_t s = 0; s < parts.size(); ++s) {
          if (!parts[s].empty()) {
            row.rescue(Row::address(segment, 0, number, r, c, s), parts[s]);
          }
        }
      }
      continue;
    }
    if (type.kind == ValueKind::kComposite) {
      row.had_place = false;
      Json object = row.composite(type, repetitions[r], number, r);
      if (field.repeats && row.had_place) {
        place(list, r, std::move(object));
      } else if (!object.is_null()) {
        row.columns[name] = std::move(object);
      }
      continue;
    }
    const auto first = row.first_part(repetitions[r], number, r, type.kind == ValueKind::kDateTime);
    const std::string at = Row::address(segment, 0, number, r, 0, 0);
    if (first && field.repeats) {
      Json element = Json::object();
      row.put(element, name, type.kind, *first, at);
      place(list, r, element.value(name, Json()));
      if (type.kind == ValueKind::kDateTime) {
        place(locals, r, element.value(name + "_local", Json()));
        place(instants, r, element.value(name + "_utc", Json()));
      }
    } else if (first) {
      row.put(row.columns, name, type.kind, *first, at);
    }
    row.rescue_later();
  }
  for (auto& [column, values] : {std::pair(name, &list), std::pair(name + "_local", &locals), std::pair(name + "_utc", &instants)}) {
    if (!values->is_null()) {
      row.columns[column] = std::move(*values);
    }
  }
}

// What every row of a segment has of its message's header.
void put_header(Message& message, Row& row, std::uint64_t position, std::size_t length, std::size_t index) {
  const Segment& header = message.segments().front();
  const Delimiters& d = message.delimiters();
  const std::string id = cut(part(header.fields, 10), d.repetition).front();
  if (!id.empty()) {
    const bool is_divided = cut(id, d.component).size() > 1 || cut(id, d.subcomponent).size() > 1;
    // Escape sequences alone say nothing: a message with no id that anyone could name.
    if (std::string text = row.text_of(id, "MSH-10", is_divided); !text.empty()) {
      row.columns["message_control_id"] = std::move(text);
    }
  }
  const std::string time = cut(cut(cut(part(header.fields, 7), d.repetition).front(), d.component).front(), d.subcomponent).front();
  if (!time.empty()) {
    row.put_time_alone(row.columns, "message_datetime", time, "MSH-7");
  }
  if (!message.disregarded_sets().empty()) {
    row.rescue("MSH-18", message.disregarded_sets());
  }
  row.columns["message_offset"] = position;
  row.columns["message_length"] = length;
  row.columns["segment_index"] = index;
}

std::string segment_row(Message& message, const SegmentDefinition& definition, std::size_t index, std::uint64_t position, std::size_t length) {
  const Segment& segment = message.segments()[index];
  Row row(message, segment.name);
  put_header(message, row, position, length, index);
  for (std::size_t n = 1; n < segment.fields.size(); ++n) {
    const std::string& raw = segment.fields[n];
    if (raw.empty()) {
      continue;
    }
    if (n > definition.fields.size()) {
      row.rescue(Row::address(segment.name, 0, n, 0, 0, 0), raw);
      continue;
    }
    const FieldDefinition& field = definition.fields[n - 1];
    const bool is_taken = field.name == "message_control_id";
    const std::string name = is_taken ? fmt::format("{}_{}", field.name, n) : std::string(field.name);
    if (n == 2 && index == 0 && segment.name == "MSH") {
      row.columns[name] = row.text_of(raw, "MSH-2");  // never divided
    } else {
      put_field(message, row, segment.name, field, name, n, raw);
    }
  }
  return row.finish();
}

}  // namespace

PlainMessage plain_rows(std::string_view bytes, const std::vector<std::string>& segments, std::uint64_t position) {
  PlainMessage plain;
  Message message(bytes);
  plain.is_readable = message.is_readable();
  plain.is_damaged = plain.is_readable && message.is_damaged();
  if (!plain.is_readable || plain.is_damaged) {
    return plain;
  }
  for (std::size_t i = 0; i < message.segments().size(); ++i) {
    const std::string& name = message.segments()[i].name;
    if (std::ranges::find(segments, name) != segments.end()) {
      plain.rows[name].push_back(segment_row(message, *find_segment_definition(name), i, position, bytes.size()));
    }
  }
  return plain;
}

}  // namespace lakeflow::hl7v2
