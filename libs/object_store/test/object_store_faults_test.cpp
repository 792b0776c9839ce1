// A service of objects that misbehaves, as no real one does when asked: what a reader makes of it.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include "libs/object_store/object_store.h"

namespace lakeflow {
namespace {

// Speaks as much of S3's protocol as a listing and a read need; holds one object, in/a.hl7.
class FaultyService {
 public:
  explicit FaultyService(std::string bytes) : bytes_(std::move(bytes)) {
    server_.Get(".*", [this](const httplib::Request& request, httplib::Response& response) { answer(request, response); });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::jthread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) {
      std::this_thread::yield();
    }
  }
  ~FaultyService() { server_.stop(); }
  FaultyService(const FaultyService&) = delete;
  FaultyService& operator=(const FaultyService&) = delete;

  std::shared_ptr<const ObjectStore> store() const {
    auto options = parse_object_url("s3://hospital/in");
    options->endpoint = fmt::format("http://127.0.0.1:{}", port_);
    options->access_key_id = "key-id-5512";
    options->secret_access_key = "secret-5512";
    auto made = ObjectStore::make(*options, false);
    EXPECT_TRUE(made);
    return *made;
  }

  std::atomic<int> refusals = 0;     // so many requests are answered by 503 first
  std::atomic<int> cut_bodies = 0;   // so many bodies end half-way first
  std::atomic<bool> denies = false;  // every request is answered by 403
  std::atomic<int> requests = 0;

 private:
  static bool takes_one(std::atomic<int>& left) {
    if (left > 0) {
      --left;
      return true;
    }
    return false;
  }

  void answer(const httplib::Request& request, httplib::Response& response) {
    ++requests;
    if (takes_one(refusals)) {
      response.status = 503;
      response.set_content("<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>", "application/xml");
    } else if (denies) {
      response.status = 403;
      response.set_content("<Error><Code>SignatureDoesNotMatch</Code><Message>You sent key-id-5512 and secret-5512</Message></Error>",
                           "application/xml");
    } else if (request.has_param("list-type")) {
      response.set_content(fmt::format("<ListBucketResult><Name>hospital</Name><IsTruncated>false</IsTruncated><Contents><Key>in/a.hl7</Key>"
                                       "<LastModified>2024-05-01T08:00:00.000Z</LastModified><Size>{}</Size></Contents></ListBucketResult>",
                                       bytes_.size()),
                           "application/xml");
    } else if (request.path == "/hospital/in/a.hl7") {
      response.set_header("ETag", "\"one\"");
      response.set_header("Last-Modified", "Wed, 01 May 2024 08:00:00 GMT");
      const bool is_cut = request.method == "GET" && takes_one(cut_bodies);
      response.set_content_provider(bytes_.size(), "application/octet-stream",
                                    [this, is_cut](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
                                      if (is_cut) {
                                        sink.write(bytes_.data() + offset, length / 2);
                                        return false;
                                      }
                                      return sink.write(bytes_.data() + offset, length);
                                    });
    } else {
      response.status = 404;
    }
  }

  const std::string bytes_;
  httplib::Server server_;
  int port_ = 0;
  std::jthread thread_;
};

std::string read_all(const FileStore& store, std::size_t size) {
  auto file = store.open("a.hl7");
  if (!file || *file == nullptr) {
    return file ? "not there" : file.error().message();
  }
  std::string text(size + 1, '\0');
  const auto count = (*file)->read(0, text);
  if (!count) {
    return count.error().message();
  }
  text.resize(*count);
  return text;
}

TEST(ObjectStoreFaults, AServiceThatIsBusyForAMomentIsAskedAgain) {
  const std::string bytes(100'000, 'x');
  FaultyService service(bytes);
  service.refusals = 2;
  const auto found = service.store()->list({.pattern = "*.hl7"}, {});
  ASSERT_TRUE(found) << found.error().message();
  ASSERT_EQ(found->size(), 1U);
  service.refusals = 2;
  EXPECT_TRUE(read_all(*service.store(), bytes.size()) == bytes);
}

TEST(ObjectStoreFaults, OneThatStaysBusyIsASourceErrorThatSaysWhatToDo) {
  FaultyService service("x");
  service.refusals = 1'000'000;
  const auto found = service.store()->list({.pattern = "*.hl7"}, {});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind(), ErrorKind::kSource);
  EXPECT_NE(found.error().next_step().find("later"), std::string::npos) << found.error().message() << found.error().next_step();
  EXPECT_LT(service.requests, 20) << "it is not asked for ever";
}

TEST(ObjectStoreFaults, ABodyThatIsCutIsFetchedAgainAndNeverTakenForAWholeOne) {
  std::string bytes(6U << 20U, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(i * 2654435761U >> 24U);
  }
  FaultyService service(bytes);
  service.cut_bodies = 1;
  EXPECT_TRUE(read_all(*service.store(), bytes.size()) == bytes);
  service.cut_bodies = 1'000'000;
  EXPECT_TRUE(read_all(*service.store(), bytes.size()).starts_with("cannot read s3://hospital/in/a.hl7: "));
}

TEST(ObjectStoreFaults, ARefusalNamesTheOptionsAndRepeatsNoSecret) {
  FaultyService service("x");
  service.denies = true;
  const auto found = service.store()->list({.pattern = "*.hl7"}, {});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind(), ErrorKind::kUser) << found.error().message();
  EXPECT_EQ(found.error().message().find("5512"), std::string::npos) << found.error().message();
  EXPECT_NE(found.error().next_step().find("storage_"), std::string::npos);
}

}  // namespace
}  // namespace lakeflow
