#pragma once

#include <arrow/type_fwd.h>
#include <simdjson.h>

#include "base/error.h"
#include "sources/dicomweb/dicom_attribute.h"

namespace lakeflow {

// Appends an attribute as the DICOM JSON model has it ({"vr": …, "Value": […]}) to the builder of its column. False where it does not fit: then
// null was appended, or, of one that repeats, a list with nulls for the values that don't fit. Without an attribute null is appended.
Result<bool> append_dicom_values(arrow::ArrayBuilder& column, const DicomAttribute& attribute, const simdjson::dom::element* sent);

// The first value as text; empty where there is none.
std::string_view first_dicom_text(const simdjson::dom::element& sent);

}  // namespace lakeflow
