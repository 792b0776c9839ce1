#include "sources/shop/lakeflow_connect.h"

namespace lakeflow {
namespace {

using Style = RestPaging::Style;

// Orders and the list of deleted ones come in pages that name the next one.
RestPaging by_cursor() {
  return {.style = Style::kToken, .parameter = "cursor", .size_parameter = "limit", .page_size = 100, .next_at = "next_cursor", .total_at = "total"};
}

RestTable orders_table() {
  return {.name = "orders",
          .description = "an order, as it stands now",
          .schema = R"(
            id: string - the number on the receipt
            updated_at: timestamp - when the shop changed it last
            status: string - open, paid or shipped
            customer: {id: string, name: string}
            amount: decimal(12,2)
          )",
          .primary_keys = {"id"},
          .list = {.path = "/orders", .records_at = "data", .parameters = {{"sort", "updated_at"}}, .paging = by_cursor()},
          .cursor = RestCursor{.field = "updated_at", .filter = "updated_since", .order = RestCursor::Order::kAscending},
          .deletes = RestDeletes{.list = {.path = "/orders/deletions", .records_at = "data", .paging = by_cursor()},
                                 .cursor = {.field = "deleted_at", .filter = "since"},
                                 .columns = {{"id", "id"}, {"updated_at", "deleted_at"}}}};
}

// Customers bear no time of change: the list is read whole.
RestTable customers_table() {
  return {.name = "customers",
          .description = "a customer",
          .schema = R"(
            id: long
            name: string
            is_member: boolean
          )",
          .primary_keys = {"id"},
          .list = {.path = "/customers",
                   .records_at = "customers",
                   .paging = {.style = Style::kPageNumber, .parameter = "page", .size_parameter = "per_page", .total_at = "count"}}};
}

}  // namespace

Result<std::unique_ptr<ShopConnect>> ShopConnect::make(const Options& connection_options) {
  return make_rest_connector<ShopConnect>({.tables = {orders_table(), customers_table()}}, connection_options);
}

}  // namespace lakeflow
