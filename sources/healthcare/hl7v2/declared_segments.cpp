#include "sources/healthcare/hl7v2/declared_segments.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include "base/options.h"
#include "libs/hl7v2/tokenizer.h"

namespace lakeflow::hl7v2 {
namespace {

constexpr std::string_view kExample = "declare segments like this: ZPI: [{name: loyalty_number, type: ST}, {name: visits, type: NM, repeats: true}]";

bool is_column_name(std::string_view name) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && is_letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

// Nothing can be of a datatype that no field has any more, or that another field names.
bool may_be_declared(const DatatypeDefinition& type) { return type.name != "WD" && type.kind != ValueKind::kVaries; }

std::vector<std::string> datatype_names() {
  std::vector<std::string> names;
  for (const DatatypeDefinition& type : datatype_definitions()) {
    if (may_be_declared(type)) {
      names.emplace_back(type.name);
    }
  }
  return names;
}

}  // namespace

class DeclarationParser {
 public:
  DeclarationParser(DeclaredSegments& segments, std::string_view file) : segments_(segments), file_(file) {}

  Status parse(std::string_view yaml) {
    YAML::Node root;
    try {
      root = YAML::Load(std::string(yaml));
    } catch (const YAML::Exception& failure) {
      return std::unexpected(Error::user(fmt::format("{}:{}:{}: {}", file_, failure.mark.line + 1, failure.mark.column + 1, failure.msg)));
    }
    if (!root.IsMap() || root.size() == 0) {
      return std::unexpected(error_at(root, "no Z segments are declared here", kExample));
    }
    std::set<std::string> names;
    for (const auto& member : root) {
      const std::string name = member.first.IsScalar() ? member.first.Scalar() : std::string();
      if (!is_segment_name(name) || !is_local(segment_name(name)) || name.size() != 3) {
        return std::unexpected(error_at(member.first, fmt::format("{} is no name of a Z segment", name.empty() ? "this" : name),
                                        "a Z and two capital letters or digits: ZPI"));
      }
      if (!names.insert(name).second) {
        return std::unexpected(error_at(member.first, fmt::format("{} is declared twice", name)));
      }
      LAKEFLOW_TRY(parse_segment(name, member.second));
    }
    return {};
  }

 private:
  Error error_at(const YAML::Node& node, std::string_view message, std::string_view next_step = {}) const {
    const YAML::Mark mark = node.Mark();
    return Error::user(
        mark.is_null() ? fmt::format("{}: {}", file_, message) : fmt::format("{}:{}:{}: {}", file_, mark.line + 1, mark.column + 1, message),
        std::string(next_step));
  }

  std::string_view keep(std::string text) { return segments_.texts_.emplace_back(std::move(text)); }

  Status parse_segment(const std::string& name, const YAML::Node& node) {
    if (!node.IsSequence() || node.size() == 0) {
      return std::unexpected(error_at(node, fmt::format("{} has no list of fields", name), kExample));
    }
    std::vector<FieldDefinition>& fields = segments_.fields_.emplace_back();
    std::set<std::string> columns;
    for (const YAML::Node& field : node) {
      const std::size_t number = fields.size() + 1;
      if (field.IsNull()) {
        fields.emplace_back();
        continue;
      }
      LAKEFLOW_ASSIGN(const FieldDefinition parsed, parse_field(fmt::format("field {} of {}", number, name), field));
      LAKEFLOW_TRY(take_columns(columns, parsed, field));
      fields.push_back(parsed);
    }
    if (columns.empty()) {
      return std::unexpected(error_at(node, fmt::format("no field of {} is declared", name), kExample));
    }
    segments_.definitions_.push_back(
        {.name = keep(name), .description = keep(fmt::format("Z segment {}, as it was declared", name)), .fields = fields});
    return {};
  }

  // A time that does not repeat has two columns beside it.
  Status take_columns(std::set<std::string>& columns, const FieldDefinition& field, const YAML::Node& node) const {
    const bool is_time = field.type->kind == ValueKind::kDateTime && !field.repeats;
    for (const std::string_view suffix : {"", "_local", "_utc"}) {
      std::string column = fmt::format("{}{}", field.name, suffix);
      if ((suffix.empty() || is_time) && !columns.insert(column).second) {
        return std::unexpected(error_at(node, fmt::format("a column {} is there already", column), "each field has a name of its own"));
      }
    }
    return {};
  }

  Result<FieldDefinition> parse_field(const std::string& which, const YAML::Node& node) {
    static const std::vector<std::string> kKeys = {"name", "type", "repeats", "description"};
    if (!node.IsMap()) {
      return std::unexpected(
          error_at(node, fmt::format("{} is no mapping", which), "{name: visits, type: NM}, or ~ for a field that is not declared"));
    }
    FieldDefinition field;
    for (const auto& member : node) {
      const std::string key = member.first.IsScalar() ? member.first.Scalar() : std::string();
      const YAML::Node& value = member.second;
      if (std::ranges::find(kKeys, key) == kKeys.end()) {
        const auto nearest = nearest_name(key, kKeys);
        return std::unexpected(error_at(member.first, fmt::format("unknown key {} in {}", key, which),
                                        nearest ? fmt::format("did you mean {}?", *nearest) : fmt::format("known keys: {}", fmt::join(kKeys, ", "))));
      }
      if (!value.IsScalar()) {
        return std::unexpected(error_at(value, fmt::format("{} of {} is no single value", key, which)));
      }
      if (key == "name") {
        if (!is_column_name(value.Scalar())) {
          return std::unexpected(error_at(value, fmt::format("{} of {} is no name of a column", value.Scalar(), which),
                                          "small letters, digits and underscores, a letter first: home_clinic"));
        }
        field.name = keep(value.Scalar());
      } else if (key == "type") {
        LAKEFLOW_ASSIGN(field.type, parse_type(value, which));
      } else if (key == "repeats") {
        const auto repeats = parse_boolean(value.Scalar());
        if (!repeats) {
          return std::unexpected(error_at(value, fmt::format("repeats of {} is neither true nor false", which)));
        }
        field.repeats = *repeats;
      } else {
        field.description = keep(value.Scalar());
      }
    }
    if (field.name.empty() || field.type == nullptr) {
      return std::unexpected(error_at(node, fmt::format("{} has no {}", which, field.name.empty() ? "name" : "type"), "{name: visits, type: NM}"));
    }
    return field;
  }

  Result<const DatatypeDefinition*> parse_type(const YAML::Node& node, const std::string& which) const {
    const DatatypeDefinition* const type = find_datatype_definition(node.Scalar());
    if (type != nullptr && may_be_declared(*type)) {
      return type;
    }
    const std::vector<std::string> names = datatype_names();
    const auto nearest = nearest_name(node.Scalar(), names);
    return std::unexpected(error_at(node, fmt::format("type {} of {} is no datatype of HL7 v2", node.Scalar(), which),
                                    nearest ? fmt::format("did you mean {}?", *nearest) : "one of the standard's, such as ST, NM, DTM, CX or CWE"));
  }

  DeclaredSegments& segments_;
  const std::string file_;
};

Result<std::shared_ptr<const DeclaredSegments>> DeclaredSegments::load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) {
    return std::unexpected(Error::user(fmt::format("option z_segments_file: {} can't be read", path), "give a file that declares Z segments"));
  }
  return parse(text, path);
}

Result<std::shared_ptr<const DeclaredSegments>> DeclaredSegments::parse(std::string_view yaml, std::string_view name) {
  auto segments = std::make_shared<DeclaredSegments>();
  LAKEFLOW_TRY(DeclarationParser(*segments, name).parse(yaml));
  return segments;
}

const SegmentDefinition* DeclaredSegments::find(std::string_view segment) const {
  const auto found = std::ranges::find(definitions_, segment, &SegmentDefinition::name);
  return found == definitions_.end() ? nullptr : &*found;
}

}  // namespace lakeflow::hl7v2
