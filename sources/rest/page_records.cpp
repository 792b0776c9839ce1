#include "sources/rest/page_records.h"

#include <utility>

#include "base/json_text.h"
#include "sources/rest/seen_records.h"

namespace lakeflow {

PageRecords::PageRecords(const RestPage& page, std::uint64_t number) : page_(page.text), position_(number) {
  raw_.origins.push_back(page.place);
  raw_.bytes_read = page.wire_bytes;
  raw_.records.reserve(page.records.size());
}

PageRecords::PageRecords(std::string origin, std::uint64_t number) : page_(std::make_shared<std::string>()), position_(number) {
  raw_.origins.push_back(std::move(origin));
}

void PageRecords::add(std::string_view record, Operation operation) {
  raw_.records.push_back({.bytes = record, .operation = operation, .position = position_});
}

void PageRecords::filter(std::string_view reason, std::uint64_t count) {
  if (count > 0) {
    raw_.filtered[std::string(reason)] += count;
  }
}

void PageRecords::add_composed(std::string_view record, Operation operation) {
  composed_records_.push_back({.start = composed_.size(), .size = record.size(), .operation = operation});
  composed_ += record;
}

void PageRecords::add_broken(std::string_view record, std::string reason, std::string detail) {
  raw_.broken.push_back({{.bytes = record, .position = position_}, std::move(reason), std::move(detail)});
}

Status PageRecords::add_columns(JsonReader& json, std::string_view record, std::span<const std::pair<std::string, std::string>> columns,
                                Operation operation) {
  Composed composed{.start = composed_.size(), .operation = operation};
  composed_ += '{';
  for (const auto& [column, place] : columns) {
    LAKEFLOW_ASSIGN(const auto value, json.find(record, place));
    if (!value) {
      continue;
    }
    if (composed_.back() != '{') {
      composed_ += ',';
    }
    // A dotted column lies in structs: {"meta":{"updated":…}}.
    std::string_view rest = column;
    std::size_t depth = 0;
    for (std::size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
      append_json_string(composed_, rest.substr(0, dot));
      composed_ += ":{";
      rest.remove_prefix(dot + 1);
      ++depth;
    }
    append_json_string(composed_, rest);
    composed_ += ':';
    composed_ += *value;
    composed_.append(depth, '}');
  }
  composed_ += '}';
  composed.size = composed_.size() - composed.start;
  composed_records_.push_back(composed);
  return {};
}

RawRecords PageRecords::take() && {
  if (composed_records_.empty()) {
    raw_.buffer = page_;
    return std::move(raw_);
  }
  struct Buffers {
    std::shared_ptr<std::string> page;
    std::string composed;
  };
  auto buffers = std::make_shared<Buffers>(std::move(page_), std::move(composed_));
  buffers->composed.append(kPadding, ' ');
  for (const Composed& composed : composed_records_) {
    raw_.records.push_back(
        {.bytes = std::string_view(buffers->composed).substr(composed.start, composed.size), .operation = composed.operation, .position = position_});
  }
  raw_.buffer = std::move(buffers);
  return std::move(raw_);
}

Result<std::string> record_identity(JsonReader& json, std::string_view record, std::span<const std::string> keys) {
  if (keys.empty()) {
    return identity_of(record);
  }
  std::string text;
  for (const std::string& key : keys) {
    LAKEFLOW_ASSIGN(const auto value, json.find(record, key));
    if (!value) {
      return identity_of(record);  // has no key: the record is its own
    }
    text += *value;
    text += '\x1f';
  }
  return identity_of(text);
}

}  // namespace lakeflow
