#pragma once

#include <string_view>

namespace lakeflow {

// How a connector says, in the metadata of an Arrow field, more than an Arrow type can. The framework's JSON decoder
// obeys; any other reader of the schema may ignore it.

// The key. Its values:
inline constexpr std::string_view kDecodeRule = "lakeflow.decode";
//   "json"           a utf8 column that takes whatever JSON value stands there, as its text, unconverted
//   "record"         a utf8 column that takes the raw record whole
//   "utc_of:<name>"  a timestamp[us, UTC] column that is no member of the JSON: the instant that the text of the
//                    sibling column <name> means, null where that text is no full time with a zone
inline constexpr std::string_view kDecodeJson = "json";
inline constexpr std::string_view kDecodeRecord = "record";
//   "text_of:<name>" a utf8 column that is no member of the JSON: the text of the sibling column <name> (a timestamp or binary) as it
//                    was sent, where the value does not tell it: always of a timestamp, of binary where white space stood in it
inline constexpr std::string_view kDecodeUtcOf = "utc_of:";
inline constexpr std::string_view kDecodeTextOf = "text_of:";
//   "from_text"      a decimal, int64 or double column that takes a string, too, whose whole text is a JSON number that fits: "636.65"
inline constexpr std::string_view kDecodeFromText = "from_text";

// In the metadata of the schema itself: names of members, separated by commas, that records have and the table does not want. They are read
// over, not rescued.
inline constexpr std::string_view kLeftOutMembers = "lakeflow.left_out";

// A field's description, for `discover`, the documentation and the destination's column comments.
inline constexpr std::string_view kDescription = "lakeflow.description";

}  // namespace lakeflow
