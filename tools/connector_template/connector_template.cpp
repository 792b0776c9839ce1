#include "tools/connector_template/connector_template.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <map>

namespace lakeflow {
namespace {

constexpr std::string_view kEach = "%EACH TABLE%\n";
constexpr std::string_view kEnd = "%END%\n";

bool is_snake_case(std::string_view name) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && is_letter(name.front()) && name.back() != '_' && name.find("__") == std::string_view::npos &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

// "shop_orders": "ShopOrders", or with a blank between "Shop Orders".
std::string in_words(std::string_view name, std::string_view between) {
  std::string words;
  bool begins = true;
  for (const char c : name) {
    if (c == '_') {
      words += between;
      begins = true;
      continue;
    }
    words += begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    begins = false;
  }
  return words;
}

using Values = std::map<std::string, std::string, std::less<>>;

std::string fill(std::string_view text, const Values& values) {
  std::string filled(text);
  for (const auto& [name, value] : values) {
    for (std::size_t at = filled.find(name); at != std::string::npos; at = filled.find(name, at + value.size())) {
      filled.replace(at, name.size(), value);
    }
  }
  return filled;
}

std::string repeat_for_tables(std::string_view text, const std::vector<std::string>& tables) {
  std::string repeated;
  for (std::size_t each = text.find(kEach); each != std::string_view::npos; each = text.find(kEach)) {
    repeated += text.substr(0, each);
    text.remove_prefix(each + kEach.size());
    const std::string_view part = text.substr(0, text.find(kEnd));
    for (const std::string& table : tables) {
      repeated += fill(part, {{"%TABLE%", table}});
    }
    text.remove_prefix(std::min(part.size() + kEnd.size(), text.size()));
  }
  return repeated.append(text);
}

Status check_names(std::string_view name, const std::vector<std::string>& tables) {
  if (!is_snake_case(name)) {
    return std::unexpected(Error::user(fmt::format("{} is no name for a connector", name),
                                       "a name has lower case letters and digits, begins with a letter, and has _ between words: shop_orders"));
  }
  for (const std::string& table : tables) {
    if (!is_snake_case(table)) {
      return std::unexpected(
          Error::user(fmt::format("{} is no name for a table", table), "a name has lower case letters, digits and _: order_items"));
    }
    if (std::ranges::count(tables, table) > 1) {
      return std::unexpected(Error::user(fmt::format("the table {} is named twice", table)));
    }
  }
  return tables.empty() ? std::unexpected(Error::user("a connector needs a table", "name one: --table orders")) : Status();
}

}  // namespace

Result<std::vector<NewFile>> new_connector(std::string_view name, const std::vector<std::string>& tables) {
  LAKEFLOW_TRY(check_names(name, tables));
  std::vector<std::string> calls;
  std::vector<std::string> quoted;
  for (const std::string& table : tables) {
    calls.push_back(table + "_table()");
    quoted.push_back('"' + table + '"');
  }
  std::string upper(name);
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const Values values = {{"%NAME%", std::string(name)},
                         {"%CLASS%", in_words(name, "")},
                         {"%TITLE%", in_words(name, " ")},
                         {"%UPPER%", upper},
                         {"%FIRST_TABLE%", tables.front()},
                         {"%TABLE_NAMES%", fmt::format("{}", fmt::join(quoted, ", "))},
                         {"%TABLE_CALLS%", fmt::format("{}", fmt::join(calls, ", "))}};
  std::vector<NewFile> files;
  for (const TemplateFile& file : connector_template_files()) {
    files.push_back({fill(file.path, {{"NAME", std::string(name)}}), fill(repeat_for_tables(file.text, tables), values)});
  }
  return files;
}

}  // namespace lakeflow
