#pragma once

#include <memory>

#include "base/error.h"
#include "sources/interface/decoder.h"

namespace lakeflow {

// The framework's decoder of JSON: each raw record holds one JSON object (RFC 8259), each becomes one row of `schema`
// in DecodedRecords::tables[0]. One pass over the bytes, no tree in between. Deletes are decoded like upserts. What
// nullable says is not looked at: keys are checked by the plan.
//
// Types. A value that does not fit its column's type is null there and whole in DecodedTable::rescued; there is no
// coercion between strings and other values, but where the rule "from_text" asks for it.
//   boolean             true, false
//   int64               a number whose value is whole and in range: 7, 7.0, 7e2
//   double              a number; the nearest double, as everywhere. Not one beyond its range (1e400, 1e-400)
//   decimal128(p,s)     a number that p and s hold to the last digit: 1.50 fits (3,2) and (2,1), 1.55 not (2,1)
//   utf8                a string, escapes resolved. Not one with half of a surrogate pair ("\ud800"): it has no UTF-8
//   binary              a string of base64 with padding (RFC 4648 §4), white space between its characters allowed
//   date32              a string YYYY-MM-DD of the calendar
//   timestamp[us, UTC]  a string that is a full ISO 8601 time with a zone; digits below the microsecond are cut
//   struct              an object. {} is a struct of nulls, null or an absent member a null struct
//   list<V>             an array, in order; null and what does not fit V are null in their place. Any other value but
//                       null is a list of one, where it fits V
//   map<utf8,V>         an object, in order; null and what does not fit V are null at their key
// Other types are a user error of make_json_decoder that names the column, as are the rules of schema_rules.h where
// they can't hold: "json" (a utf8 column, anywhere; the value's text as it stands in the record, null for JSON's null),
// "record" (a utf8 column, top level only), "utc_of:<name>" (a timestamp beside a utf8 column <name>, or a list of
// timestamps beside a list of utf8: one for one), "text_of:<name>" (a utf8 column beside a timestamp or binary column <name>),
// "from_text" (a decimal128, int64 or double column, anywhere; a string whose whole text is a number of RFC 8259 is taken as that number,
// by the rules of its type above; any other string is rescued).
//
// Rescued. One JSON object per row from the path to the value as sent: {"name[0].use":7}. A part of a path that is not
// made of letters, digits, `_`, `-`, `$`, `:`, `/` and what is not ASCII stands as sent in brackets: ["a.b"]. Members that the
// schema does not have are rescued whole, but for those of the table that its schema leaves out (kLeftOutMembers); members in a column of the
// rules "record", "utc_of" and "text_of" are not the schema's.
// Of the members of one name in an object the first that fits is taken; the later ones are rescued. A path that occurs
// again gets its number: "id", "id#2".
//
// Rejects. The detail is the byte of the record where reading ended, never data:
//   empty_record      no bytes but white space
//   invalid_json      not RFC 8259: cut off, something after its end, a raw control character, a bad number …
//   not_an_object     another JSON value
//   invalid_utf8      somewhere in the record (so a "record" column and rescued values are always UTF-8)
//   nested_too_deep   more than 1,000 levels of objects and arrays
//   rescued_too_large the rescued text of the chunk would pass 2 GB
// Every byte is checked, of what is skipped or rescued too. A reject leaves no trace in the rows of its neighbours.
//
// Errors of decode: memory is at its end; records of more than 2 GB in one call (internal, the reader broke its bounds).
// Used by one thread at a time. Batches may outlive the decoder and be let go on any thread: their memory is then used
// again for later batches; no byte of an old batch is ever inside a buffer of a new one.
Result<std::unique_ptr<Decoder>> make_json_decoder(std::shared_ptr<arrow::Schema> schema);

}  // namespace lakeflow
