#include "engine/ingest/join_batches.h"

#include <arrow/array/array_base.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/memory_pool.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/bitmap_ops.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "base/arrow_error.h"

namespace lakeflow {
namespace {

using Part = std::shared_ptr<arrow::ArrayData>;

bool has_only_nulls(const Part& part) { return part->GetNullCount() == part->length; }

bool is_text(const arrow::DataType& type) { return type.id() == arrow::Type::STRING || type.id() == arrow::Type::BINARY; }
bool is_repeated(const arrow::DataType& type) { return type.id() == arrow::Type::LIST || type.id() == arrow::Type::MAP; }

// Whether all buffers of nothing but nulls are zeros: of the types that columns have here, of all.
bool can_be_zeros(const arrow::DataType& type) {
  if (type.id() == arrow::Type::STRUCT || is_repeated(type)) {
    return std::ranges::all_of(type.fields(), [](const auto& field) { return can_be_zeros(*field->type()); });
  }
  return is_text(type) || (arrow::is_primitive(type.id()) || arrow::is_decimal(type.id()));
}

class Joiner {
 public:
  explicit Joiner(BufferPool& pool) : pool_(pool) {}

  arrow::Result<Part> join(const std::vector<Part>& parts, const std::shared_ptr<arrow::DataType>& type) {
    std::int64_t rows = 0;
    for (const Part& part : parts) rows += part->length;
    if (std::ranges::all_of(parts, has_only_nulls) && can_be_zeros(*type)) return nulls(type, rows);
    if (type->id() == arrow::Type::STRUCT) return join_structs(parts, type, rows);
    if (type->id() == arrow::Type::LIST) return join_lists(parts, type, rows);
    return concatenate(parts);
  }

 private:
  static arrow::Result<Part> concatenate(const std::vector<Part>& parts) {
    arrow::ArrayVector arrays;
    for (const Part& part : parts) arrays.push_back(arrow::MakeArray(part));
    ARROW_ASSIGN_OR_RAISE(const auto joined, arrow::Concatenate(arrays));
    return joined->data();
  }

  Part nulls(const std::shared_ptr<arrow::DataType>& type, std::int64_t rows) {
    const auto count = static_cast<std::size_t>(rows);
    std::vector<std::shared_ptr<arrow::Buffer>> buffers{pool_.zeros((count + 7) / 8)};
    std::vector<Part> children;
    if (type->id() == arrow::Type::STRUCT) {
      for (const auto& member : type->fields()) children.push_back(nulls(member->type(), rows));
    } else if (is_text(*type) || is_repeated(*type)) {
      buffers.push_back(pool_.zeros((count + 1) * sizeof(std::int32_t)));
      if (is_text(*type)) {
        buffers.push_back(pool_.zeros(0));
      } else {
        children.push_back(nulls(type->field(0)->type(), 0));
      }
    } else {
      buffers.push_back(pool_.zeros((count * static_cast<std::size_t>(type->bit_width()) + 7) / 8));
    }
    return arrow::ArrayData::Make(type, rows, std::move(buffers), std::move(children), rows);
  }

  static arrow::Result<std::shared_ptr<arrow::Buffer>> join_validity(const std::vector<Part>& parts, std::int64_t rows) {
    if (std::ranges::all_of(parts, [](const Part& part) { return part->GetNullCount() == 0; })) return nullptr;
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> bits, arrow::AllocateEmptyBitmap(rows));
    std::int64_t at = 0;
    for (const Part& part : parts) {
      if (part->GetNullCount() == 0) {
        arrow::bit_util::SetBitsTo(bits->mutable_data(), at, part->length, true);
      } else {
        arrow::internal::CopyBitmap(part->buffers[0]->data(), part->offset, part->length, bits->mutable_data(), at);
      }
      at += part->length;
    }
    return bits;
  }

  arrow::Result<Part> join_structs(const std::vector<Part>& parts, const std::shared_ptr<arrow::DataType>& type, std::int64_t rows) {
    ARROW_ASSIGN_OR_RAISE(auto validity, join_validity(parts, rows));
    std::vector<Part> members;
    for (std::size_t i = 0; i < static_cast<std::size_t>(type->num_fields()); ++i) {
      std::vector<Part> of_member;
      for (const Part& part : parts) of_member.push_back(part->child_data[i]->Slice(part->offset, part->length));
      ARROW_ASSIGN_OR_RAISE(members.emplace_back(), join(of_member, type->field(static_cast<int>(i))->type()));
    }
    return arrow::ArrayData::Make(type, rows, {std::move(validity)}, std::move(members));
  }

  arrow::Result<Part> join_lists(const std::vector<Part>& parts, const std::shared_ptr<arrow::DataType>& type, std::int64_t rows) {
    ARROW_ASSIGN_OR_RAISE(auto validity, join_validity(parts, rows));
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> offsets,
                          arrow::AllocateBuffer((rows + 1) * static_cast<std::int64_t>(sizeof(std::int32_t))));
    auto* end = offsets->mutable_data_as<std::int32_t>();
    *end = 0;
    std::vector<Part> elements;
    for (const Part& part : parts) {
      if (part->length == 0) continue;
      const auto* const from = part->GetValues<std::int32_t>(1);
      elements.push_back(part->child_data[0]->Slice(from[0], from[part->length] - from[0]));
      const std::int64_t before = *end;
      if (before + elements.back()->length > std::numeric_limits<std::int32_t>::max()) {
        return arrow::Status::CapacityError("more elements of lists in one slice than 32-bit offsets count");
      }
      for (std::int64_t row = 1; row <= part->length; ++row) *++end = static_cast<std::int32_t>(before + from[row] - from[0]);
    }
    ARROW_ASSIGN_OR_RAISE(Part joined, join(elements, type->field(0)->type()));
    return arrow::ArrayData::Make(type, rows, {std::move(validity), std::move(offsets)}, {std::move(joined)});
  }

  BufferPool& pool_;
};

}  // namespace

Result<std::shared_ptr<arrow::RecordBatch>> join_batches(const arrow::RecordBatchVector& batches, BufferPool& pool) {
  const auto& schema = batches.front()->schema();
  std::int64_t rows = 0;
  for (const auto& batch : batches) rows += batch->num_rows();
  std::vector<Part> columns;
  Joiner joiner(pool);
  for (int i = 0; i < schema->num_fields(); ++i) {
    std::vector<Part> parts;
    for (const auto& batch : batches) parts.push_back(batch->column_data(i));
    LAKEFLOW_ASSIGN(columns.emplace_back(), from_arrow(joiner.join(parts, schema->field(i)->type())));
  }
  return arrow::RecordBatch::Make(schema, rows, std::move(columns));
}

}  // namespace lakeflow
