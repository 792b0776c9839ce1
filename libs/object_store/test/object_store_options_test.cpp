#include "libs/object_store/object_store_options.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace lakeflow {
namespace {

std::string shown(const std::string& url) {
  const auto parsed = parse_object_url(url);
  if (!parsed) {
    EXPECT_EQ(parsed.error().kind(), ErrorKind::kUser);
    return parsed.error().message();
  }
  return fmt::format("{}|{}|{}|{}", parsed->root, parsed->container, parsed->prefix, parsed->account);
}

TEST(ObjectStoreOptions, TakesUrlsApart) {
  EXPECT_EQ(shown("s3://bucket"), "s3://bucket|bucket||");
  EXPECT_EQ(shown("s3://bucket/in/box/"), "s3://bucket/in/box|bucket|in/box|");
  EXPECT_EQ(shown("gs://bucket/in"), "gs://bucket/in|bucket|in|");
  EXPECT_EQ(shown("abfs://box/in"), "abfs://box/in|box|in|");
  EXPECT_EQ(shown("abfss://box@hospital.dfs.core.windows.net/in"), "abfss://box@hospital.dfs.core.windows.net/in|box|in|hospital");
  EXPECT_EQ(shown("s3:///in"), "option storage_path names no bucket");
  EXPECT_EQ(shown("abfs://box@elsewhere.example.org/in"),
            "option storage_path names the account elsewhere.example.org, which is none of Azure's public cloud");
}

TEST(ObjectStoreOptions, RefusesCredentialsInUrlsAndRepeatsNone) {
  for (const char* url : {"s3://id:hidden@bucket/in", "s3://hidden@bucket/in", "gs://hidden@bucket",
                          "abfs://box:hidden@hospital.dfs.core.windows.net/in", "abfs://box/in?sig=hidden", "s3://bucket/in#hidden"}) {
    const std::string text = shown(url);
    EXPECT_EQ(text, "option storage_path holds credentials, or a query, which are not repeated here") << url;
  }
}

std::string problem(const std::string& url, const std::function<void(ObjectStoreOptions&)>& change, bool allow_http = false) {
  ObjectStoreOptions options = parse_object_url(url).value();
  change(options);
  const Status status = check_object_store(options, allow_http);
  return status ? "" : status.error().message();
}

TEST(ObjectStoreOptions, RefusesWhatDoesNotGoTogether) {
  const auto nothing = [](ObjectStoreOptions&) {};
  EXPECT_EQ(problem("s3://bucket", nothing), "");
  EXPECT_NE(problem("abfs://box", nothing).find("no storage account"), std::string::npos);
  EXPECT_NE(problem("s3://bucket", [](auto& options) { options.account_key = "x"; }).find("storage_account_key is one of abfs://"),
            std::string::npos);
  EXPECT_NE(problem("gs://bucket", [](auto& options) { options.access_key_id = "x"; }).find("storage_access_key_id is one of s3://"),
            std::string::npos);
  EXPECT_NE(problem("s3://bucket", [](auto& options) { options.access_key_id = "x"; }).find("belong together"), std::string::npos);
  EXPECT_NE(problem("s3://bucket", [](auto& options) { options.is_anonymous = true, options.access_key_id = options.secret_access_key = "x"; })
                .find("storage_anonymous"),
            std::string::npos);
}

TEST(ObjectStoreOptions, SpeaksInTheClearOnlyWithThisMachineOrWhereItMay) {
  const auto with = [](const std::string& endpoint, bool allow_http) {
    return problem("s3://bucket", [&](ObjectStoreOptions& options) { options.endpoint = endpoint; }, allow_http);
  };
  EXPECT_EQ(with("http://127.0.0.1:9000", false), "");
  EXPECT_EQ(with("http://localhost:9000/", false), "");
  EXPECT_EQ(with("http://[::1]:9000", false), "");
  EXPECT_EQ(with("https://minio.example.org", false), "");
  EXPECT_NE(with("http://minio.example.org:9000", false).find("not encrypted"), std::string::npos);
  EXPECT_NE(with("http://127.evil.example.org", false).find("not encrypted"), std::string::npos);
  EXPECT_EQ(with("http://minio.example.org:9000", true), "");
  EXPECT_NE(with("ftp://x", true), "");
  EXPECT_NE(with("https://id:key@minio.example.org", true), "");
  EXPECT_NE(with("https://minio.example.org/path", true), "");
}

}  // namespace
}  // namespace lakeflow
