#include "engine/decode/test/plain_decoder.h"

#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <vector>

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "engine/decode/test/plain_json.h"
#include "engine/decode/test/row_text.h"
#include "sources/interface/schema_rules.h"

namespace lakeflow {
namespace {

std::string in_quotes(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string rule_of(const arrow::Field& field) {
  if (field.metadata() == nullptr) return "";
  return field.metadata()->Get(std::string(kDecodeRule)).ValueOr("");
}

// A number's digits without zeros at their ends, and the power of ten to multiply them with.
struct PlainNumber {
  bool negative = false;
  std::string digits;
  long exponent = 0;
};

PlainNumber plain_number(const std::string& raw) {
  PlainNumber number;
  number.negative = raw.starts_with('-');
  const std::size_t e = std::min(raw.find_first_of("eE"), raw.size());
  if (e < raw.size()) {
    // strtol stops at the largest long; far fewer digits than that are ever looked at.
    number.exponent = std::strtol(raw.c_str() + e + 1, nullptr, 10) / 2 * 2 + std::strtol(raw.c_str() + e + 1, nullptr, 10) % 2;
    number.exponent = std::clamp(number.exponent, -1'000'000'000L, 1'000'000'000L);
  }
  bool behind_point = false;
  for (const char c : raw.substr(0, e)) {
    behind_point = behind_point || c == '.';
    if (c >= '0' && c <= '9') {
      number.digits += c;
      number.exponent -= behind_point ? 1 : 0;
    }
  }
  number.digits.erase(0, std::min(number.digits.find_first_not_of('0'), number.digits.size()));
  while (number.digits.ends_with('0')) {
    number.digits.pop_back();
    ++number.exponent;
  }
  return number;
}

// The number × 10^scale as digits, where that is whole and has at most `precision` of them.
std::optional<std::string> scaled_digits(const std::string& raw, int precision, int scale) {
  PlainNumber number = plain_number(raw);
  if (number.digits.empty()) return "0";
  const long zeros = number.exponent + scale;
  if (zeros < 0 || zeros + static_cast<long>(number.digits.size()) > precision) return std::nullopt;
  number.digits.append(static_cast<std::size_t>(zeros), '0');
  return (number.negative ? "-" : "") + number.digits;
}

bool is_plain_number(const std::string& text) {
  static const std::regex kNumber(R"(-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?)");
  return std::regex_match(text, kNumber);
}

std::optional<std::string> integer_text(const std::string& raw) {
  const auto digits = scaled_digits(raw, 19, 0);
  if (!digits) return std::nullopt;
  const bool negative = digits->starts_with('-');
  const std::string magnitude = digits->substr(negative ? 1 : 0);
  const std::string limit = negative ? "9223372036854775808" : "9223372036854775807";
  if (magnitude.size() == limit.size() && magnitude > limit) return std::nullopt;
  return digits;
}

std::optional<std::string> real_text(const std::string& raw) {
  const double value = std::strtod(raw.c_str(), nullptr);
  if (std::isinf(value) || (value == 0 && !plain_number(raw).digits.empty())) return std::nullopt;
  return double_text(value);
}

std::optional<std::string> base64_text(const std::string& text) {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string letters;
  for (const char c : text) {
    if (std::string_view(" \t\r\n").find(c) == std::string_view::npos) letters += c;
  }
  if (letters.size() % 4 != 0) return std::nullopt;
  std::string bits;
  std::size_t padding = 0;
  for (const char c : letters) {
    if (c == '=') {
      ++padding;
      continue;
    }
    const std::size_t digit = alphabet.find(c);
    if (digit == std::string::npos || padding > 0) return std::nullopt;
    for (int bit = 5; bit >= 0; --bit) bits += ((digit >> bit) & 1U) != 0 ? '1' : '0';
  }
  if (padding > 2 || bits.substr(bits.size() - bits.size() % 8).find('1') != std::string::npos) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i + 8 <= bits.size(); i += 8) out += fmt::format("{:02x}", std::stoi(bits.substr(i, 8), nullptr, 2));
  return in_quotes(out);
}

std::optional<std::string> date_as_text(const std::string& text) {
  if (text.size() != 10 || text.find_first_not_of("0123456789-") != std::string::npos || text[4] != '-' || text[7] != '-') return std::nullopt;
  for (const std::size_t i : {0U, 1U, 2U, 3U, 5U, 6U, 8U, 9U}) {
    if (text[i] == '-') return std::nullopt;
  }
  const auto days = days_from_civil(std::stoi(text.substr(0, 4)), std::stoi(text.substr(5, 2)), std::stoi(text.substr(8, 2)));
  return days ? std::optional(in_quotes(date_text(*days))) : std::nullopt;
}

std::optional<std::string> instant_as_text(const std::string& text) {
  const auto instant = parse_utc(text);
  return instant ? std::optional(in_quotes(format_utc(*instant))) : std::nullopt;
}

class PlainDecoder {
 public:
  PlainRow decode(const arrow::Schema& schema, std::string_view record) {
    const PlainJsonOutcome outcome = read_plain_record(record, 1000);
    if (!outcome.value) return {"", "", outcome.reject};
    PlainRow row;
    PlainJson wanted = *outcome.value;
    const std::string left_out = schema.metadata() == nullptr ? "" : schema.metadata()->Get(std::string(kLeftOutMembers)).ValueOr("");
    std::erase_if(wanted.members, [&](const PlainJson::Member& member) {
      return member.key.text && !member.key.text->empty() && ("," + left_out + ",").find("," + *member.key.text + ",") != std::string::npos;
    });
    row.row = object(schema.fields(), wanted, "", record);
    for (const auto& [path, value] : rescued_) {
      row.rescued += (row.rescued.empty() ? "{" : ",") + in_quotes(path) + ":" + value;
    }
    row.rescued += row.rescued.empty() ? "" : "}";
    return row;
  }

 private:
  void rescue(const std::string& path, const PlainJson& value) {
    const int times = ++times_[path];
    rescued_.emplace_back(times > 1 ? path + "#" + std::to_string(times) : path, value.raw);
  }

  // The path of a member; `raw` is its key as sent, with its quotes.
  static std::string member_path(const std::string& path, const std::string& raw) {
    const std::string name = raw.substr(1, raw.size() - 2);
    bool plain = !name.empty();
    for (const char c : name) {
      plain = plain && (static_cast<unsigned char>(c) >= 0x80 || std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                        std::string_view("_-$:/").find(c) != std::string_view::npos);
    }
    if (!plain) return path + "[" + raw + "]";
    return path.empty() ? name : path + "." + name;
  }

  std::string object(const arrow::FieldVector& fields, const PlainJson& value, const std::string& path, std::string_view record) {
    std::vector<std::optional<std::string>> columns(fields.size());
    std::vector<const PlainJson*> sent(fields.size());
    for (const auto& [key, member] : value.members) {
      std::optional<std::size_t> found;
      for (std::size_t i = 0; i < fields.size(); ++i) {
        const std::string rule = rule_of(*fields[i]);
        if (key.text == fields[i]->name() && (rule.empty() || rule == kDecodeJson || rule == kDecodeFromText)) found = i;
      }
      if (!found) {
        rescue(member_path(path, key.raw), member);
        continue;
      }
      // A known member's path has the schema's name, however it was escaped.
      const std::string known = member_path(path, in_quotes(fields[*found]->name()));
      if (member.kind == PlainJson::Kind::kNull) continue;
      if (!columns[*found]) {
        columns[*found] = convert(*fields[*found], member, known);
        if (columns[*found]) {
          sent[*found] = &member;
          continue;
        }
      }
      rescue(known, member);
    }
    std::string out = "{";
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const std::string rule = rule_of(*fields[i]);
      if (rule == kDecodeRecord) columns[i] = in_quotes(record);
      if (rule.starts_with(kDecodeUtcOf)) columns[i] = instant(*fields[i], fields, sent, rule.substr(kDecodeUtcOf.size()));
      if (rule.starts_with(kDecodeTextOf)) columns[i] = text_as_sent(fields, sent, rule.substr(kDecodeTextOf.size()));
      out += (i > 0 ? "," : "") + in_quotes(fields[i]->name()) + ":" + columns[i].value_or("null");
    }
    return out + "}";
  }

  static std::optional<std::string> instant(const arrow::Field& field, const arrow::FieldVector& fields, const std::vector<const PlainJson*>& sent,
                                            const std::string& sibling) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (fields[i]->name() != sibling || sent[i] == nullptr) continue;
      if (field.type()->id() != arrow::Type::LIST) return instant_as_text(*sent[i]->text);
      const auto elements = sent[i]->kind == PlainJson::Kind::kArray ? sent[i]->elements : std::vector<PlainJson>{*sent[i]};
      std::string out;
      for (const PlainJson& element : elements) {
        out += (out.empty() ? "[" : ",") + (element.text ? instant_as_text(*element.text).value_or("null") : "null");
      }
      return out.empty() ? "[]" : out + "]";
    }
    return std::nullopt;
  }

  static std::optional<std::string> text_as_sent(const arrow::FieldVector& fields, const std::vector<const PlainJson*>& sent,
                                                 const std::string& sibling) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (fields[i]->name() != sibling || sent[i] == nullptr) continue;
      const std::string& text = *sent[i]->text;
      const bool told = fields[i]->type()->id() == arrow::Type::BINARY && text.find_first_of(" \t\r\n") == std::string::npos;
      return told ? std::nullopt : std::optional(in_quotes(text));
    }
    return std::nullopt;
  }

  // Nothing where the value does not fit. It is not null.
  std::optional<std::string> convert(const arrow::Field& field, const PlainJson& value, const std::string& path) {
    using Kind = PlainJson::Kind;
    if (rule_of(field) == kDecodeJson) return in_quotes(value.raw);
    const arrow::DataType& type = *field.type();
    switch (type.id()) {
      case arrow::Type::LIST: return list(*type.field(0), value, path);
      case arrow::Type::STRUCT: return value.kind == Kind::kObject ? std::optional(object(type.fields(), value, path, "")) : std::nullopt;
      case arrow::Type::MAP: return value.kind == Kind::kObject ? std::optional(map(type, value, path)) : std::nullopt;
      case arrow::Type::BOOL:
        if (value.kind != Kind::kTrue && value.kind != Kind::kFalse) return std::nullopt;
        return value.raw;
      case arrow::Type::STRING: return value.text ? std::optional(in_quotes(*value.text)) : std::nullopt;
      case arrow::Type::BINARY: return value.text ? base64_text(*value.text) : std::nullopt;
      case arrow::Type::DATE32: return value.text ? date_as_text(*value.text) : std::nullopt;
      case arrow::Type::TIMESTAMP: return value.text ? instant_as_text(*value.text) : std::nullopt;
      default: break;
    }
    const bool is_number_in_text = rule_of(field) == kDecodeFromText && value.text && is_plain_number(*value.text);
    if (value.kind != Kind::kNumber && !is_number_in_text) return std::nullopt;
    const std::string& number = is_number_in_text ? *value.text : value.raw;
    if (type.id() == arrow::Type::INT64) return integer_text(number);
    if (type.id() == arrow::Type::DOUBLE) return real_text(number);
    const auto& decimal = static_cast<const arrow::Decimal128Type&>(type);
    const auto digits = scaled_digits(number, decimal.precision(), decimal.scale());
    return digits ? std::optional(decimal_text(*digits, decimal.scale())) : std::nullopt;
  }

  std::optional<std::string> list(const arrow::Field& element, const PlainJson& value, const std::string& path) {
    if (value.kind != PlainJson::Kind::kArray) {
      const auto only = convert(element, value, path);
      return only ? std::optional("[" + *only + "]") : std::nullopt;
    }
    std::string out = "[";
    for (std::size_t i = 0; i < value.elements.size(); ++i) {
      out += (i > 0 ? "," : "") + element_text(element, value.elements[i], fmt::format("{}[{}]", path, i));
    }
    return out + "]";
  }

  std::string element_text(const arrow::Field& element, const PlainJson& value, const std::string& path) {
    if (value.kind == PlainJson::Kind::kNull) return "null";
    const auto text = convert(element, value, path);
    if (!text) rescue(path, value);
    return text.value_or("null");
  }

  std::string map(const arrow::DataType& type, const PlainJson& value, const std::string& path) {
    std::set<std::string> keys;
    std::string out;
    for (const auto& [key, member] : value.members) {
      const std::string entry = member_path(path, key.raw);
      if (!key.text || !keys.insert(*key.text).second) {
        rescue(entry, member);
        continue;
      }
      out += (out.empty() ? "{" : ",") + in_quotes(*key.text) + ":" +
             element_text(*static_cast<const arrow::MapType&>(type).item_field(), member, entry);
    }
    return out.empty() ? "{}" : out + "}";
  }

  std::vector<std::pair<std::string, std::string>> rescued_;
  std::map<std::string, int> times_;
};

}  // namespace

PlainRow decode_plainly(const arrow::Schema& schema, std::string_view record) { return PlainDecoder().decode(schema, record); }

}  // namespace lakeflow
