#include "libs/fhir/resource_text.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/base64.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "libs/fhir/definitions.h"
#include "libs/fhir/rescued_patch.h"

namespace lakeflow::fhir {
namespace {

constexpr std::string_view kTypeColumn = "resourceType";

enum class Form { kLeftOut, kJson, kScalar, kStruct };

// What a column of the resource, or of a struct in it, is in JSON.
struct MemberPlan {
  Form form = Form::kLeftOut;
  bool repeats = false;  // a list of what the form says
  std::string key;       // as JSON text, with its quotes
  int text_column = -1;  // the sibling that has the text as it was sent
  std::vector<MemberPlan> members;
};

std::string in_quotes(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

bool is_scalar(arrow::Type::type type) {
  return type == arrow::Type::BOOL || type == arrow::Type::INT64 || type == arrow::Type::DECIMAL128 || type == arrow::Type::TIMESTAMP ||
         type == arrow::Type::BINARY || type == arrow::Type::STRING;
}

const ElementDefinition* find_element(const TypeDefinition& type, std::string_view name) {
  const auto found = std::ranges::find(type.elements, name, &ElementDefinition::name);
  return found == type.elements.end() ? nullptr : &*found;
}

// The index of the field of this name; -1 where there is none.
int find_field(const arrow::FieldVector& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, [](const auto& field) -> std::string_view { return field->name(); });
  return found == fields.end() ? -1 : static_cast<int>(found - fields.begin());
}

Result<std::vector<MemberPlan>> plan_members(const TypeDefinition& type, const arrow::FieldVector& fields);

Result<MemberPlan> plan_element(const ElementDefinition& element, const arrow::DataType& column, const arrow::FieldVector& siblings) {
  MemberPlan plan;
  plan.key = in_quotes(element.name);
  plan.repeats = column.id() == arrow::Type::LIST;
  const arrow::DataType& type = plan.repeats ? *column.field(0)->type() : column;
  const TypeDefinition* complex = find_type(element.type);
  if (type.id() == arrow::Type::STRUCT && complex != nullptr) {
    plan.form = Form::kStruct;
    LAKEFLOW_ASSIGN(plan.members, plan_members(*complex, type.fields()));
    return plan;
  }
  const bool is_json = complex != nullptr || element.type == "Resource";
  if (is_json ? column.id() != arrow::Type::STRING : !is_scalar(type.id())) {
    return std::unexpected(Error::user(fmt::format("the column {} has a type that FHIR's {} does not come in", element.name, element.type),
                                       "take the columns as the table has them: SELECT * FROM it"));
  }
  plan.form = is_json ? Form::kJson : Form::kScalar;
  plan.text_column = find_field(siblings, std::string(element.name) + "_text");
  return plan;
}

Result<std::vector<MemberPlan>> plan_members(const TypeDefinition& type, const arrow::FieldVector& fields) {
  std::vector<MemberPlan> plans;
  for (const auto& field : fields) {
    MemberPlan& plan = plans.emplace_back();
    const std::string& name = field->name();
    if (const ElementDefinition* element = find_element(type, name); element != nullptr) {
      LAKEFLOW_ASSIGN(plan, plan_element(*element, *field->type(), fields));
    } else if (name.starts_with('_') && find_element(type, std::string_view(name).substr(1)) != nullptr &&
               field->type()->id() == arrow::Type::STRING) {
      plan.form = Form::kJson;
      plan.key = in_quotes(name);
    }  // else it was made from another column, or by a destination
  }
  return plans;
}

std::string_view text_of(const arrow::Array& column, std::int64_t row) { return static_cast<const arrow::StringArray&>(column).GetView(row); }

void append_decimal(std::string& out, const arrow::Array& column, std::int64_t row) {
  const auto& decimals = static_cast<const arrow::Decimal128Array&>(column);
  const auto scale = static_cast<std::size_t>(static_cast<const arrow::Decimal128Type&>(*column.type()).scale());
  std::string digits = arrow::Decimal128(decimals.GetValue(row)).ToIntegerString();
  if (digits.starts_with('-')) {
    out += '-';
    digits.erase(0, 1);
  }
  if (digits.size() <= scale) {
    digits.insert(0, scale + 1 - digits.size(), '0');
  }
  const std::size_t point = digits.size() - scale;
  std::string_view fraction = std::string_view(digits).substr(point);
  fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
  out.append(digits, 0, point);
  if (!fraction.empty()) {
    out += '.';
    out += fraction;
  }
}

void append_scalar(std::string& out, const arrow::Array& column, std::int64_t row) {
  switch (column.type_id()) {
    case arrow::Type::BOOL: out += static_cast<const arrow::BooleanArray&>(column).Value(row) ? "true" : "false"; break;
    case arrow::Type::INT64: out += std::to_string(static_cast<const arrow::Int64Array&>(column).Value(row)); break;
    case arrow::Type::DECIMAL128: append_decimal(out, column, row); break;
    case arrow::Type::TIMESTAMP: out += in_quotes(format_utc(static_cast<const arrow::TimestampArray&>(column).Value(row))); break;
    case arrow::Type::BINARY:
      out += '"';
      out += arrow::util::base64_encode(static_cast<const arrow::BinaryArray&>(column).GetView(row));
      out += '"';
      break;
    default: append_json_string(out, text_of(column, row)); break;
  }
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  // The members of an object whose columns are those of the plans: `column(i)` has the one of the i-th.
  template <typename Column>
  void members(const std::vector<MemberPlan>& plans, const Column& column, std::int64_t row, const RescuedPatch* patch, bool is_first) {
    for (std::size_t i = 0; i < plans.size(); ++i) {
      const MemberPlan& plan = plans[i];
      if (plan.form == Form::kLeftOut) {
        continue;
      }
      const RescuedPatch* const rescued = patch == nullptr ? nullptr : patch->member(plan.key);
      const arrow::Array& values = column(i);
      if (values.IsNull(row) && rescued == nullptr) {
        continue;
      }
      key(plan.key, is_first);
      const arrow::Array* const text = plan.text_column < 0 ? nullptr : &column(static_cast<std::size_t>(plan.text_column));
      if (text != nullptr && text->type_id() == arrow::Type::STRING && text->IsValid(row)) {
        append_json_string(out_, text_of(*text, row));
      } else {
        member(plan, values, row, rescued);
      }
    }
    if (patch != nullptr) {
      for (const auto& [name, rescued] : patch->members) {  // that are no columns
        if (std::ranges::find_if(plans, [&](const MemberPlan& plan) { return plan.form != Form::kLeftOut && plan.key == name; }) == plans.end()) {
          key(name, is_first);
          rescued_alone(rescued);
        }
      }
    }
  }

 private:
  void key(std::string_view name, bool& is_first) {
    out_ += is_first ? "" : ",";
    is_first = false;
    out_ += name;
    out_ += ':';
  }

  // Where the column has a value, one that was rescued for the same place came a second time.
  void member(const MemberPlan& plan, const arrow::Array& values, std::int64_t row, const RescuedPatch* rescued) {
    if (values.IsNull(row)) {
      rescued == nullptr ? static_cast<void>(out_ += "null") : rescued_alone(*rescued);
    } else if (plan.repeats) {
      const auto& list = static_cast<const arrow::ListArray&>(values);
      out_ += '[';
      for (std::int64_t i = 0; i < list.value_length(row); ++i) {
        out_ += i > 0 ? "," : "";
        // The places within a value that was sent without its list have no index.
        const bool is_alone = rescued != nullptr && !rescued->members.empty() && list.value_length(row) == 1;
        element(plan, *list.values(), list.value_offset(row) + i, rescued == nullptr || is_alone ? rescued : rescued->element(i));
      }
      out_ += ']';
    } else {
      value(plan, values, row, rescued);
    }
  }

  void element(const MemberPlan& plan, const arrow::Array& values, std::int64_t row, const RescuedPatch* rescued) {
    if (values.IsNull(row)) {
      out_ += rescued == nullptr || rescued->text.empty() ? std::string_view("null") : std::string_view(rescued->text);
    } else {
      value(plan, values, row, rescued);
    }
  }

  void value(const MemberPlan& plan, const arrow::Array& values, std::int64_t row, const RescuedPatch* rescued) {
    if (plan.form == Form::kJson) {
      out_ += text_of(values, row);
    } else if (plan.form == Form::kScalar) {
      append_scalar(out_, values, row);
    } else {
      const auto& objects = static_cast<const arrow::StructArray&>(values);
      out_ += '{';
      members(plan.members, [&](std::size_t i) -> const arrow::Array& { return *objects.field(static_cast<int>(i)); }, row, rescued, true);
      out_ += '}';
    }
  }

  // Where the columns have nothing of it.
  void rescued_alone(const RescuedPatch& rescued) {
    if (!rescued.text.empty()) {
      out_ += rescued.text;
      return;
    }
    const bool is_object = rescued.elements.empty();
    out_ += is_object ? '{' : '[';
    bool is_first = true;
    for (const auto& [name, inner] : rescued.members) {
      key(name, is_first);
      rescued_alone(inner);
    }
    for (const auto& [index, inner] : rescued.elements) {
      out_ += is_first ? "" : ",";
      is_first = false;
      rescued_alone(inner);
    }
    out_ += is_object ? '}' : ']';
  }

  std::string& out_;
};

}  // namespace

struct ResourceText::Plans {
  std::shared_ptr<arrow::Schema> schema;
  int type_column = -1;
  std::map<std::string, std::vector<MemberPlan>, std::less<>> by_type;  // those that were met
};

ResourceText::ResourceText(std::unique_ptr<Plans> plans) : plans_(std::move(plans)) {}
ResourceText::~ResourceText() = default;
ResourceText::ResourceText(ResourceText&&) noexcept = default;
ResourceText& ResourceText::operator=(ResourceText&&) noexcept = default;

Result<ResourceText> ResourceText::make(std::shared_ptr<arrow::Schema> schema) {
  auto plans = std::make_unique<Plans>();
  plans->type_column = find_field(schema->fields(), kTypeColumn);
  if (plans->type_column < 0 || schema->field(plans->type_column)->type()->id() != arrow::Type::STRING) {
    return std::unexpected(
        Error::user(fmt::format("the rows have no column {}", kTypeColumn), "take the columns of a FHIR table as it has them: SELECT * FROM it"));
  }
  plans->schema = std::move(schema);
  return ResourceText(std::move(plans));
}

Status ResourceText::append(std::string& out, const arrow::RecordBatch& rows, std::int64_t row, std::string_view rescued) {
  LAKEFLOW_ASSIGN(const RescuedPatch patch, parse_rescued(rescued));
  const arrow::Array& types = *rows.column(plans_->type_column);
  const std::string_view name = types.IsNull(row) ? std::string_view() : text_of(types, row);
  auto plan = plans_->by_type.find(name);
  if (plan == plans_->by_type.end()) {
    const TypeDefinition* type = find_type(name);
    if (type == nullptr || !type->is_resource) {
      return std::unexpected(Error::user("a row's resourceType is no resource type of FHIR R4", "take rows of FHIR tables"));
    }
    LAKEFLOW_ASSIGN(std::vector<MemberPlan> members, plan_members(*type, plans_->schema->fields()));
    plan = plans_->by_type.emplace(std::string(name), std::move(members)).first;
  }
  out += fmt::format("{{\"{}\":\"{}\"", kTypeColumn, name);
  Writer(out).members(plan->second, [&](std::size_t i) -> const arrow::Array& { return *rows.column(static_cast<int>(i)); }, row, &patch, false);
  out += '}';
  return {};
}

}  // namespace lakeflow::fhir
