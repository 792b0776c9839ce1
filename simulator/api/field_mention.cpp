#include "simulator/api/field_mention.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/options.h"

namespace lakeflow {

std::unexpected<Error> no_such_field(const FieldMention& mention, std::string_view owner, const std::vector<std::string>& fields) {
  const auto nearest = nearest_name(mention.field, fields);
  return std::unexpected(Error::user(fmt::format("no record of {} has the field {} of {}", owner, mention.field, mention.role),
                                     nearest ? fmt::format("did you mean {}?", *nearest) : fmt::format("there are {}", fmt::join(fields, ", ")))
                             .at(mention.place));
}

}  // namespace lakeflow
