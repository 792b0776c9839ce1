#pragma once

#include <memory>
#include <string_view>

#include "libs/hl7v2/dictionary.h"
#include "sources/healthcare/hl7v2/tables/segment_plan.h"

namespace lakeflow::hl7v2 {

// Adds the columns of a value without parts, of a datatype that has none.
Leaf add_leaf_columns(StructColumn& parent, std::string_view name, std::string_view description, ValueKind kind);

// The column of a list's elements, of a datatype that has no parts and is no time.
struct ElementColumn {
  std::unique_ptr<Column> column;
  Leaf leaf;
};
ElementColumn make_element_column(ValueKind kind, BufferPool& pool);

// Adds the columns of a datatype's components, down to subcomponents, and lays them out as the components of the plan's last field.
void add_components(SegmentPlan& plan, StructColumn& parent, const DatatypeDefinition& type);

// Likewise the parts of one component, as the subcomponents of the plan's last component.
void add_subcomponents(SegmentPlan& plan, StructColumn& parent, const DatatypeDefinition& type);

}  // namespace lakeflow::hl7v2
