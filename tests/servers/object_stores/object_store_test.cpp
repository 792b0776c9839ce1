// HL7 v2 files as objects of real servers: what a user's pipeline lists, reads, and notices when objects change.

#include <cstdlib>
#include <set>
#include <thread>

#include <arrow/filesystem/azurefs.h>
#include <arrow/io/interfaces.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include "libs/object_store/object_store.h"
#include "tests/servers/object_stores/object_server.h"

namespace lakeflow {
namespace {

// azurite's, which everybody knows.
constexpr const char* kAccount = "devstoreaccount1";
constexpr const char* kAccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

class ObjectStoreTest : public testing::TestWithParam<ObjectServer::Kind> {
 protected:
  void SetUp() override {
    if (!ObjectServer::installed()) {
      if (std::getenv("LAKEFLOW_REQUIRE_SERVERS") != nullptr) {
        FAIL() << "the object stores are not there: run tools/setup-servers";
      }
      GTEST_SKIP() << "the object stores are not installed: run tools/setup-servers";
    }
    auto started = ObjectServer::start(GetParam());
    ASSERT_TRUE(started) << started.error().message();
    server_ = *std::move(started);
    if (is(ObjectServer::Kind::kMoto)) {
      ASSERT_EQ(send("PUT", "/hospital", "")->status, 200);
    } else if (is(ObjectServer::Kind::kGcs)) {
      ASSERT_EQ(send("POST", "/storage/v1/b?project=clinic", R"({"name":"hospital"})", "application/json")->status, 200);
    } else {
      arrow::fs::AzureOptions options;
      options.account_name = kAccount;
      options.blob_storage_scheme = options.dfs_storage_scheme = "http";
      options.blob_storage_authority = options.dfs_storage_authority = fmt::format("127.0.0.1:{}", server_->port());
      ASSERT_TRUE(options.ConfigureAccountKeyCredential(kAccountKey).ok());
      azure_ = *arrow::fs::AzureFileSystem::Make(options);
      ASSERT_TRUE(azure_->CreateDir("hospital", false).ok());
    }
  }

  static bool is(ObjectServer::Kind kind) { return GetParam() == kind; }

  httplib::Result send(const std::string& method, const std::string& path, const std::string& body,
                       const std::string& content_type = "application/octet-stream") {
    httplib::Client client("127.0.0.1", server_->port());
    httplib::Request request;
    request.method = method;
    request.path = path;
    request.body = body;
    request.headers = {{"content-type", content_type},
                       {"authorization", "AWS4-HMAC-SHA256 Credential=id/20240101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x"}};
    return client.send(request);
  }

  static std::string escaped(std::string key) {
    for (std::size_t at = 0; (at = key.find('/', at)) != std::string::npos;) {
      key.replace(at, 1, "%2F");
    }
    return key;
  }

  void put(const std::string& key, const std::string& bytes) {
    if (!is(ObjectServer::Kind::kAzurite)) {
      const auto answer = is(ObjectServer::Kind::kMoto)
                              ? send("PUT", "/hospital/" + key, bytes)
                              : send("POST", "/upload/storage/v1/b/hospital/o?uploadType=media&name=" + escaped(key), bytes);
      ASSERT_TRUE(answer && answer->status == 200) << key;
      return;
    }
    const auto stream = azure_->OpenOutputStream("hospital/" + key, nullptr);
    ASSERT_TRUE(stream.ok()) << stream.status().ToString();
    ASSERT_TRUE((*stream)->Write(bytes.data(), static_cast<std::int64_t>(bytes.size())).ok());
    ASSERT_TRUE((*stream)->Close().ok());
  }

  void remove(const std::string& key) {
    if (is(ObjectServer::Kind::kMoto)) {
      ASSERT_EQ(send("DELETE", "/hospital/" + key, "")->status, 204);
    } else if (is(ObjectServer::Kind::kGcs)) {
      ASSERT_EQ(send("DELETE", "/storage/v1/b/hospital/o/" + escaped(key), "")->status / 100, 2);
    } else {
      ASSERT_TRUE(azure_->DeleteFile("hospital/" + key).ok());
    }
  }

  std::shared_ptr<const ObjectStore> store(const std::string& prefix, const std::string& container = "hospital",
                                           const std::string& key = kAccountKey) {
    const std::string scheme = is(ObjectServer::Kind::kMoto) ? "s3://" : is(ObjectServer::Kind::kGcs) ? "gs://" : "abfs://";
    auto options = parse_object_url(scheme + container + (prefix.empty() ? "" : "/" + prefix));
    EXPECT_TRUE(options);
    options->endpoint = server_->url();
    if (is(ObjectServer::Kind::kMoto)) {
      options->access_key_id = "id";
      options->secret_access_key = "secret-5512";
    } else if (is(ObjectServer::Kind::kGcs)) {
      options->is_anonymous = true;
    } else {
      options->account = kAccount;
      options->account_key = key;
    }
    auto made = ObjectStore::make(*options, false);
    EXPECT_TRUE(made) << made.error().message();
    return *made;
  }

  static std::string names(const FileStore& store, const FileQuery& wanted) {
    const auto found = store.list(wanted, {});
    std::string text = found ? "" : found.error().message();
    for (const FoundFile& file : found.value_or(std::vector<FoundFile>())) {
      text += (text.empty() ? "" : " ") + file.path;
    }
    return text;
  }

  static std::string content(FileReader& file) {
    std::string text(20U << 20U, '\0');
    const auto count = file.read(0, text);
    EXPECT_TRUE(count) << count.error().message();
    text.resize(count.value_or(0));
    return text;
  }

  std::unique_ptr<ObjectServer> server_;
  std::shared_ptr<arrow::fs::AzureFileSystem> azure_;
};

TEST_P(ObjectStoreTest, ListsWhatLiesBelowThePrefix) {
  put("in/b.hl7", "bb");
  put("in/a.hl7", "a");
  put("in/a.txt", "a");
  put("in/2024/c.hl7.gz", "c");
  put("input.hl7", "x");
  EXPECT_EQ(names(*store("in"), {.pattern = "*.hl7"}), "a.hl7 b.hl7");
  EXPECT_EQ(names(*store("in"), {.pattern = "*.hl7", .recursive = true, .is_packed_too = true}), "2024/c.hl7.gz a.hl7 b.hl7");
  EXPECT_EQ(names(*store(""), {.pattern = "*.hl7"}), "input.hl7");
  EXPECT_EQ(names(*store("nothing"), {.pattern = "*.hl7"}), "") << "a prefix that has no objects yet is an empty folder";
  const auto missing = store("in", "nobody")->list({}, {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind(), ErrorKind::kUser) << missing.error().message();
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = store("in")->list({}, stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind(), ErrorKind::kInterrupted);
}

TEST_P(ObjectStoreTest, ListsMoreThanAPage) {
  // The emulator of Google's breaks where several write at once, and a write takes as long as there are objects.
  const bool is_slow = is(ObjectServer::Kind::kGcs);
  const int objects = is_slow ? 1100 : 2500;
  const int at_once = is_slow ? 1 : 4;
  std::vector<std::jthread> writers;
  for (int writer = 0; writer < at_once; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = writer; i < objects; i += at_once) {
        put(fmt::format("many/{:04}.hl7", i), "x");
      }
    });
  }
  writers.clear();
  const auto found = store("many")->list({.pattern = "*.hl7"}, {});
  ASSERT_TRUE(found) << found.error().message();
  ASSERT_EQ(found->size(), static_cast<std::size_t>(objects));
  EXPECT_EQ(found->front().path, "0000.hl7");
  EXPECT_EQ(found->back().path, fmt::format("{}.hl7", objects - 1));
}

TEST_P(ObjectStoreTest, ReadsAnyPieceOfAnObject) {
  std::string bytes(9U << 20U, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(i * 2654435761U >> 24U);
  }
  put("in/large.hl7", bytes);
  const auto place = store("in");
  auto opened = place->open("large.hl7");
  ASSERT_TRUE(opened && *opened) << opened.error().message();
  FileReader& file = **opened;
  EXPECT_TRUE(content(file) == bytes);
  std::string piece(3U << 20U, '\0');
  for (const std::size_t position :
       {std::size_t{0}, std::size_t{(4U << 20U) - 5}, std::size_t{5U << 20U}, std::size_t{1}, (std::size_t{9} << 20U) - 7}) {
    const auto count = file.read(position, piece);
    ASSERT_TRUE(count);
    EXPECT_TRUE(std::string_view(piece).substr(0, *count) == std::string_view(bytes).substr(position, piece.size())) << position;
  }
  const auto found = place->list({.pattern = "*.hl7"}, {});
  ASSERT_TRUE(found);
  EXPECT_EQ(file.identity().value(), found->front().identity) << "as it was listed";
  EXPECT_EQ(place->open("missing.hl7").value(), nullptr);
}

TEST_P(ObjectStoreTest, NoticesAnObjectThatIsReplacedOrGone) {
  put("in/a.hl7", "first");
  const auto place = store("in");
  auto opened = place->open("a.hl7");
  ASSERT_TRUE(opened && *opened);
  const FileIdentity before = (*opened)->identity().value();
  EXPECT_EQ(content(**opened), "first");
  EXPECT_EQ((*opened)->identity().value(), before);
  put("in/a.hl7", "other");
  char byte = 0;
  auto again = place->open("a.hl7");
  ASSERT_TRUE(again && *again);
  EXPECT_NE((*again)->identity().value(), before) << "the same size, perhaps the same second, another entity tag";
  ASSERT_TRUE((*again)->read(0, {&byte, 1}));
  remove("in/a.hl7");
  EXPECT_EQ(place->open("a.hl7").value(), nullptr);
}

TEST_P(ObjectStoreTest, SaysThatTheKeyIsWrongWithoutRepeatingIt) {
  if (!is(ObjectServer::Kind::kAzurite)) {
    GTEST_SKIP() << "this server takes any key";
  }
  const std::string wrong = "AAAAvdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
  const auto refused = store("in", "hospital", wrong)->list({}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::kUser);
  EXPECT_EQ(refused.error().message().find(wrong), std::string::npos);
  EXPECT_NE(refused.error().next_step().find("credentials"), std::string::npos) << refused.error().message();
}

INSTANTIATE_TEST_SUITE_P(Servers, ObjectStoreTest, testing::Values(ObjectServer::Kind::kMoto, ObjectServer::Kind::kAzurite, ObjectServer::Kind::kGcs),
                         [](const auto& test) { return std::string(ObjectServer::name_of(test.param)); });

}  // namespace
}  // namespace lakeflow
