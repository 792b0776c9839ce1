#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace lakeflow {

enum class Align { kLeft, kRight };

struct TableColumn {
  std::string title;
  Align align = Align::kLeft;
};

// Rows under titles, columns aligned, two spaces between them. A column is as wide as its widest cell so far when the
// titles are rendered; with a maximum width the widest columns are cut until all fit. Cells are displayed by display_text.
class TextTable {
 public:
  // `maximum_width` 0: as wide as it needs.
  explicit TextTable(std::vector<TableColumn> columns, std::size_t maximum_width = 0);

  void add(std::vector<std::string> cells);
  std::size_t rows() const { return rows_.size(); }
  // The width that the rows so far would need if nothing were cut.
  std::size_t natural_width() const;

  // The rows added since the last call; the first call begins with the titles and settles the widths.
  std::string render();

 private:
  void settle_widths();
  std::string line(const std::vector<std::string>& cells) const;

  std::vector<TableColumn> columns_;
  std::size_t maximum_width_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> widths_;  // of the widest cells; after the first render as settled
  bool settled_ = false;
};

}  // namespace lakeflow
