#include "engine/decode/test/schema_text.h"

#include <stdexcept>
#include <string>

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include "sources/interface/schema_rules.h"

namespace lakeflow {
namespace {

class SchemaParser {
 public:
  explicit SchemaParser(std::string_view text) : text_(text) {}

  arrow::FieldVector fields(char closing) {
    arrow::FieldVector fields;
    skip_space();
    while (at_ < text_.size() && text_[at_] != closing) {
      fields.push_back(field(name()));
      skip_space();
      if (at_ < text_.size() && text_[at_] == ',') {
        ++at_;
      }
      skip_space();
    }
    return fields;
  }

 private:
  [[noreturn]] void wrong() const { throw std::runtime_error("schema text, at: " + std::string(text_.substr(at_))); }
  void skip_space() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  void expect(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) wrong();
    ++at_;
  }
  std::string word() {
    skip_space();
    const std::size_t start = at_;
    while (at_ < text_.size() && std::string_view(" ,<>()\"").find(text_[at_]) == std::string_view::npos) ++at_;
    return std::string(text_.substr(start, at_ - start));
  }
  std::string name() {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != '"') return word();
    const std::size_t end = text_.find('"', at_ + 1);
    const std::string name(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return name;
  }
  std::string argument() {
    expect('(');
    const std::string name = word();
    expect(')');
    return name;
  }
  static std::shared_ptr<arrow::Field> ruled(const std::string& name, std::shared_ptr<arrow::DataType> type, const std::string& rule) {
    return arrow::field(name, std::move(type), true, arrow::key_value_metadata({std::string(kDecodeRule)}, {rule}));
  }
  std::shared_ptr<arrow::Field> field(const std::string& name) {
    const std::string type = word();
    const auto instant = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    if (type == "boolean") return arrow::field(name, arrow::boolean());
    if (type == "int64") return arrow::field(name, arrow::int64());
    if (type == "double") return arrow::field(name, arrow::float64());
    if (type == "utf8") return arrow::field(name, arrow::utf8());
    if (type == "binary") return arrow::field(name, arrow::binary());
    if (type == "date") return arrow::field(name, arrow::date32());
    if (type == "timestamp") return arrow::field(name, instant);
    if (type == "json" || type == "record") return ruled(name, arrow::utf8(), type);
    if (type == "utc_of") return ruled(name, instant, std::string(kDecodeUtcOf) + argument());
    if (type == "list_utc_of") return ruled(name, arrow::list(instant), std::string(kDecodeUtcOf) + argument());
    if (type == "text_of") return ruled(name, arrow::utf8(), std::string(kDecodeTextOf) + argument());
    if (type == "from_text") {
      expect('(');
      const auto number = field(name)->type();
      expect(')');
      return ruled(name, number, std::string(kDecodeFromText));
    }
    if (type == "int32") return arrow::field(name, arrow::int32());
    if (type == "local_timestamp") return arrow::field(name, arrow::timestamp(arrow::TimeUnit::MICRO));
    if (type == "ruled") return ruled(name, arrow::int64(), argument());
    if (type == "decimal") {
      expect('(');
      const int precision = std::stoi(word());
      expect(',');
      const int scale = std::stoi(word());
      expect(')');
      return arrow::field(name, arrow::decimal128(precision, scale));
    }
    if (type == "struct" || type == "list" || type == "map") {
      expect('<');
      std::shared_ptr<arrow::DataType> nested;
      if (type == "struct") {
        nested = arrow::struct_(fields('>'));
      } else if (type == "list") {
        nested = arrow::list(field("item"));
      } else {
        nested = std::make_shared<arrow::MapType>(arrow::utf8(), field("value"));
      }
      expect('>');
      return arrow::field(name, nested);
    }
    wrong();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::shared_ptr<arrow::Schema> parse_schema(std::string_view text) {
  const std::size_t without = std::min(text.find(" without "), text.size());
  arrow::FieldVector fields = SchemaParser(text.substr(0, without)).fields('\0');
  if (without == text.size()) {
    return arrow::schema(std::move(fields));
  }
  std::string names(text.substr(without + std::string_view(" without ").size()));
  std::erase(names, ' ');
  return arrow::schema(std::move(fields), arrow::key_value_metadata({std::string(kLeftOutMembers)}, {names}));
}

}  // namespace lakeflow
