#pragma once

namespace arrow {
class Schema;
}

namespace lakeflow::bench {

// How many columns a schema has where structs and lists are taken apart: what a database stores.
int leaf_columns(const arrow::Schema& schema);

}  // namespace lakeflow::bench
