#include "engine/decode/test/random_record.h"

#include <algorithm>
#include <array>
#include <vector>

#include <arrow/type.h>
#include <fmt/format.h>

#include "base/json_text.h"

namespace lakeflow {
namespace {

constexpr std::array<std::string_view, 24> kNames = {"id",
                                                     "a",
                                                     "b",
                                                     "c",
                                                     "ab",
                                                     "name",
                                                     "value",
                                                     "status",
                                                     "code",
                                                     "text",
                                                     "é",
                                                     "x.y",
                                                     "\\",
                                                     "birthDate",
                                                     "identifier",
                                                     "extension",
                                                     "valueQuantity",
                                                     "aa",
                                                     "date",
                                                     "n",
                                                     "a_name_that_is_longer_than_thirty_two_bytes",
                                                     "a_name_that_is_longer_than_thirty_two_bits",
                                                     "of_29_bytes_exactly_as_a_name",
                                                     ""};

std::string in_quotes(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

std::string RandomRecords::type_text(int depth) {
  static constexpr std::array<std::string_view, 11> kScalars = {"boolean", "int64", "double",    "decimal(5,2)", "decimal(38,10)", "utf8", "utf8",
                                                                "binary",  "date",  "timestamp", "json"};
  const std::size_t kind = below(depth > 3 ? 12 : 20);
  if (kind < 13) {
    const std::string type(kScalars[kind % kScalars.size()]);
    const bool is_number = kind >= 1 && kind <= 4;
    return is_number && one_in(3) ? "from_text(" + type + ")" : type;
  }
  if (kind < 16) return "list<" + type_text(depth + 1) + ">";
  if (kind < 17) return "map<" + type_text(depth + 1) + ">";
  return "struct<" + fields_text(depth + 1, 1 + below(5)) + ">";
}

std::string RandomRecords::fields_text(int depth, std::size_t count) {
  std::vector<std::string_view> names(kNames.begin(), kNames.end());
  std::ranges::shuffle(names, random_);
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string type = type_text(depth);
    text += fmt::format("\"{}\" {}, ", names[i], type);
  }
  if (one_in(4)) text += "when utf8, when_utc utc_of(when), ";
  if (one_in(6)) text += "times list<utf8>, times_utc list_utc_of(times), ";
  if (one_in(6)) text += "at timestamp, at_text text_of(at), ";
  if (one_in(6)) text += "bytes binary, bytes_text text_of(bytes), ";
  if (depth == 0 && one_in(4)) text += "raw record, ";
  return text;
}

std::string RandomRecords::schema_text() {
  std::string text = fields_text(0, 1 + below(10));
  return one_in(3) ? text + " without gone, left" : text;
}

std::string RandomRecords::space() {
  static constexpr std::array<std::string_view, 5> kSpaces = {" ", "\n", "\t ", "\r\n", "                                        "};
  return one_in(40) ? std::string(kSpaces[below(kSpaces.size())]) : "";
}

std::string RandomRecords::key(const std::string& name) {
  std::string text = in_quotes(name);
  if (one_in(30) && name.size() > 1 && static_cast<unsigned char>(name[0]) < 0x80 && name[0] != '\\') {
    text = fmt::format("\"\\u{:04X}{}", static_cast<unsigned>(name[0]), text.substr(2));
  }
  return space() + text + space() + ":";
}

std::string RandomRecords::string() {
  static constexpr std::array<std::string_view, 16> kParts = {
      "a",    "plain text", "é",       "東京",           "😀",      "\\n",        "\\\"",
      "\\\\", "\\/",        "\\u00e9", "\\ud83d\\ude00", "\\u0000", "2024-05-01", "thirty-two bytes of text, exactly",
      "0",    "Z"};
  std::string text = "\"";
  for (std::size_t parts = below(one_in(20) ? 60 : 5); parts > 0; --parts) {
    if (one_in(4)) text += std::string(below(70), 'x');  // so that every part stands at every place of a block
    text += kParts[below(kParts.size())];
  }
  if (one_in(60)) text += "\\ud800";
  if (one_in(60)) text += "\\udc00";
  return text + "\"";
}

std::string RandomRecords::number() {
  static constexpr std::array<std::string_view, 16> kNumbers = {"0",
                                                                "-0",
                                                                "1.0",
                                                                "7e2",
                                                                "1.50",
                                                                "-12.345",
                                                                "9223372036854775807",
                                                                "-9223372036854775808",
                                                                "9223372036854775808",
                                                                "12345678901234567890",
                                                                "1e-245",
                                                                "1e400",
                                                                "1e-400",
                                                                "0.1",
                                                                "123456789012345678901234567890.0000000001",
                                                                "99999.995"};
  if (one_in(2)) return std::to_string(static_cast<std::int64_t>(random_() >> below(64)));
  if (one_in(2)) return std::string(kNumbers[below(kNumbers.size())]);
  std::string text = one_in(2) ? "-" : "";
  text += one_in(3) ? "0" : std::to_string(1 + below(9)) + std::to_string(random_() >> below(64));
  if (one_in(2)) text += "." + std::to_string(random_() >> below(64)) + std::string(below(30), '0') + (one_in(2) ? "" : "5");
  if (one_in(3)) text += fmt::format("{}{}{}", one_in(2) ? "e" : "E", one_in(3) ? "+" : one_in(2) ? "-" : "", below(one_in(5) ? 400 : 30));
  return text;
}

std::string RandomRecords::date() {
  std::string text = fmt::format("{:04}-{:02}-{:02}", one_in(10) ? below(10000) : 1900 + below(200), 1 + below(one_in(10) ? 14 : 12),
                                 1 + below(one_in(3) ? 31 : 28));
  if (one_in(3)) return in_quotes(text);
  text += fmt::format("T{:02}:{:02}:{:02}", below(one_in(20) ? 30 : 24), below(60), below(one_in(10) ? 62 : 60));
  if (one_in(2)) text += "." + std::to_string(below(one_in(2) ? 1000 : 100'000'000));
  text += one_in(3) ? "Z" : one_in(8) ? "" : fmt::format("{}{:02}:{:02}", one_in(2) ? "+" : "-", below(15), below(2) * 30);
  return in_quotes(text);
}

std::string RandomRecords::anything(int depth) {
  switch (below(depth > 3 ? 6 : 9)) {
    case 0: return "null";
    case 1: return "true";
    case 2: return "false";
    case 3: return number();
    case 4: return string();
    case 5: return date();
    case 6: return "[" + space() + "]";
    case 7: return "[" + anything(depth + 1) + space() + "," + space() + anything(depth + 1) + "]";
    default:
      return "{" + key(std::string(kNames[below(kNames.size())])) + space() + anything(depth + 1) + "," + key("k") + anything(depth + 1) + space() +
             "}";
  }
}

std::string RandomRecords::object(const arrow::FieldVector& fields) {
  std::vector<std::string> members;
  for (const auto& field : fields) {
    if (one_in(4)) continue;
    members.push_back(key(field->name()) + space() + value(*field) + space());
    if (one_in(40)) members.push_back(key(field->name()) + value(*field));
  }
  if (one_in(8)) members.push_back(key(std::string(kNames[below(kNames.size())])) + anything(0));
  if (one_in(8)) members.push_back(key(one_in(2) ? "gone" : "left") + anything(0));
  if (one_in(4)) std::ranges::shuffle(members, random_);
  std::string text = "{" + space();
  for (std::size_t i = 0; i < members.size(); ++i) text += (i > 0 ? "," : "") + members[i];
  return text + "}";
}

std::string RandomRecords::value(const arrow::Field& field) {
  if (one_in(20)) return "null";
  return one_in(15) ? anything(0) : fitting_value(field);
}

std::string RandomRecords::fitting_value(const arrow::Field& field) {
  const arrow::DataType& type = *field.type();
  switch (type.id()) {
    case arrow::Type::BOOL: return one_in(2) ? "true" : "false";
    case arrow::Type::INT64:
    case arrow::Type::DOUBLE:
    case arrow::Type::DECIMAL128: return field.metadata() != nullptr && !one_in(3) ? '"' + number() + (one_in(10) ? " \"" : "\"") : number();
    case arrow::Type::STRING:
      return field.name() == "when" || field.name() == "times" || one_in(6) ? date() : field.metadata() != nullptr ? anything(0) : string();
    case arrow::Type::BINARY: {
      static constexpr std::array<std::string_view, 8> kTexts = {
          "", "AAEC", "SGVsbG8=", "AA==", "SGVs bG8h", "AB==", "SGVsbG8gd29ybGQ=", "SGVsbG8g\td29 ybGQ="};
      return in_quotes(kTexts[below(kTexts.size())]);
    }
    case arrow::Type::STRUCT: return object(type.fields());
    case arrow::Type::LIST: {
      if (one_in(8)) return value(*type.field(0));
      std::string text = "[" + space();
      for (std::size_t i = below(one_in(20) ? 40 : 4); i > 0; --i) text += value(*type.field(0)) + space() + (i > 1 ? "," + space() : "");
      return text + "]";
    }
    case arrow::Type::MAP: {
      std::string text = "{";
      for (std::size_t i = below(one_in(10) ? 40 : 4); i > 0; --i) {
        text += key(one_in(3) ? std::string(kNames[below(kNames.size())]) : "k" + std::to_string(i)) +
                value(*static_cast<const arrow::MapType&>(type).item_field()) + (i > 1 ? "," : "");
      }
      return text + "}";
    }
    default: return date();
  }
}

void RandomRecords::spoil(std::string& record) {
  static constexpr std::array<std::string_view, 16> kBytes = {"{", "}", "[", "]",    ",",    ":",    "\"", "\\",
                                                              "0", "-", "e", "\x01", "\xFF", "\xC3", " ",  "n"};
  const std::size_t at = below(record.size());
  switch (below(5)) {
    case 0: record.resize(at); break;
    case 1: record.erase(at, 1 + below(3)); break;
    case 2: record.insert(at, kBytes[below(kBytes.size())]); break;
    case 3: record.replace(at, 1, kBytes[below(kBytes.size())]); break;
    default: record.insert(at, record.substr(below(record.size()), below(20))); break;
  }
}

std::string RandomRecords::record(const arrow::Schema& schema) {
  std::string text = space() + object(schema.fields()) + space();
  if (one_in(5)) spoil(text);
  return text;
}

}  // namespace lakeflow
