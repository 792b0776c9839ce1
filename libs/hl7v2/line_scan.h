#pragma once

#include <cstddef>
#include <string_view>

namespace lakeflow::hl7v2 {

// The first byte of `text`, at or after `at`, at which a message may end or begin: a control character, but for a CR behind which an
// ordinary segment begins; or the M of MSH, also where the text ends before it is whole. The text's size where there is none.
// `has_carriage_return` is set where a CR was passed over.
std::size_t find_message_break(std::string_view text, std::size_t at, bool& has_carriage_return);

}  // namespace lakeflow::hl7v2
