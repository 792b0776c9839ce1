#include "tools/lakeflow/output/text_table.h"

#include <algorithm>
#include <numeric>

#include "tools/lakeflow/output/display_text.h"

namespace lakeflow {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowest = 4;

}  // namespace

TextTable::TextTable(std::vector<TableColumn> columns, std::size_t maximum_width) : columns_(std::move(columns)), maximum_width_(maximum_width) {
  for (const TableColumn& column : columns_) {
    widths_.push_back(display_width(column.title));
  }
}

void TextTable::add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    cells[i] = display_text(cells[i]);
    if (!settled_) {
      widths_[i] = std::max(widths_[i], display_width(cells[i]));
    }
  }
  rows_.push_back(std::move(cells));
}

std::size_t TextTable::natural_width() const {
  const std::size_t gaps = widths_.empty() ? 0 : kGap * (widths_.size() - 1);
  return std::accumulate(widths_.begin(), widths_.end(), gaps);
}

void TextTable::settle_widths() {
  while (maximum_width_ > 0 && natural_width() > maximum_width_) {
    const auto widest = std::ranges::max_element(widths_);
    if (*widest <= kNarrowest) {
      break;
    }
    --*widest;
  }
  settled_ = true;
}

std::string TextTable::line(const std::vector<std::string>& cells) const {
  std::string out;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const bool cut = maximum_width_ > 0;
    const std::string cell = cut ? cut_to_width(cells[i], widths_[i]) : cells[i];
    const std::size_t width = display_width(cell);
    const std::string padding(widths_[i] - std::min(widths_[i], width), ' ');
    if (i > 0) {
      out.append(kGap, ' ');
    }
    out += columns_[i].align == Align::kRight ? padding + cell : cell + padding;
  }
  out.erase(out.find_last_not_of(' ') + 1);
  out += '\n';
  return out;
}

std::string TextTable::render() {
  std::string out;
  if (!settled_) {
    settle_widths();
    std::vector<std::string> titles;
    std::vector<std::string> rules;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      titles.push_back(columns_[i].title);
      rules.emplace_back(widths_[i], '-');
    }
    out += line(titles);
    out += line(rules);
  }
  for (const std::vector<std::string>& row : rows_) {
    out += line(row);
  }
  rows_.clear();
  return out;
}

}  // namespace lakeflow
