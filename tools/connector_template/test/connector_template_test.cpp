#include "tools/connector_template/connector_template.h"

#include <gmock/gmock.h>

namespace lakeflow {
namespace {

using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

std::string text_of(const std::vector<NewFile>& files, std::string_view path) {
  const auto file = std::ranges::find(files, path, &NewFile::path);
  return file == files.end() ? "there is no such file" : file->text;
}

TEST(ConnectorTemplate, HasTheFolderOfTheDesignDocument) {
  const auto files = new_connector("shop_orders", {"orders"}).value();
  std::vector<std::string> paths;
  for (const NewFile& file : files) paths.push_back(file.path);
  EXPECT_THAT(paths, IsSupersetOf({"CMakeLists.txt", "connector_spec.yaml", "lakeflow_connect.h", "lakeflow_connect.cpp", "DESIGN.md", "README.md",
                                   "shop_orders_api_doc.md", "test/test_shop_orders_lakeflow_connect.cpp", "configs/dev_config.example.json",
                                   "simulator/shop_orders.yaml", "shop_orders.yaml", ".gitignore"}));
}

TEST(ConnectorTemplate, LeavesNoPlaceholder) {
  for (const NewFile& file : new_connector("shop_orders", {"orders", "customers"}).value()) {
    for (const char* const placeholder : {"%NAME%", "%CLASS%", "%TITLE%", "%UPPER%", "%TABLE", "%FIRST", "%EACH", "%END%"}) {
      EXPECT_THAT(file.text, Not(HasSubstr(placeholder))) << file.path;
    }
  }
}

TEST(ConnectorTemplate, DescribesEachTable) {
  const auto files = new_connector("shop_orders", {"orders", "customers"}).value();
  EXPECT_THAT(text_of(files, "lakeflow_connect.cpp"), AllOf(HasSubstr("RestTable orders_table()"), HasSubstr("RestTable customers_table()"),
                                                            HasSubstr("{orders_table(), customers_table()}"), HasSubstr("ShopOrdersConnect::make")));
  EXPECT_THAT(text_of(files, "README.md"), AllOf(HasSubstr("# Lakeflow Shop Orders Community Connector"),
                                                 HasSubstr("<!-- lakeflow docs: options -->"), HasSubstr("<!-- lakeflow docs: tables -->")));
  EXPECT_THAT(text_of(files, "shop_orders.yaml"), HasSubstr("LAKEFLOW_SECRET_SHOP_ORDERS_TOKEN"));
}

TEST(ConnectorTemplate, RefusesNamesThatAreNone) {
  for (const char* const name : {"", "Shop", "shop-orders", "1shop", "shop_", "_shop", "shop__orders", "shop orders", "../shop"}) {
    EXPECT_FALSE(new_connector(name, {"orders"})) << name;
    EXPECT_FALSE(new_connector("shop", {name})) << name;
  }
  EXPECT_FALSE(new_connector("shop", {"orders", "orders"}));
  EXPECT_FALSE(new_connector("shop", {}));
}

}  // namespace
}  // namespace lakeflow
