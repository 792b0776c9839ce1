#pragma once

#include <memory>

#include "base/error.h"
#include "sources/dicomweb/dicom_table.h"
#include "sources/interface/decoder.h"

namespace lakeflow {

// Turns records of the DICOM JSON model (PS3.18 annex F) into rows: each attribute that has a column becomes its values.
//
// An attribute without values is null. An attribute of one value is that value, one that repeats a list of them, in order, with null where
// a value is missing. What does not fit (two values where the dictionary has one, text where it has a number) is null, and rescued whole under
// the column's name; attributes that have no column are rescued under their tags. Numbers may come as numbers or as text (F.2.3).
//
// Rejects: invalid_json, not_an_object. A deletion (Operation::kDelete) needs no bytes: its key is the end of its origin.
// Remarks: "not_in_unicode", a record whose server answered in a character set that can't hold all names (PS3.18 8.3.6 wants UTF-8).
Result<std::unique_ptr<Decoder>> make_dicom_decoder(DicomTable table);

}  // namespace lakeflow
