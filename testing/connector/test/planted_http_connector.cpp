#include "testing/connector/test/planted_http_connector.h"

#include <arrow/type.h>
#include <fmt/format.h>
#include <httplib.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "simulator/http/http_server.h"

namespace lakeflow {
namespace {

constexpr std::string_view kSpec = R"(
name: planted_http
display_name: Planted, over HTTP
description: A source over HTTP in a test.
connection_options:
  base_url: {type: url, required: true, help: Where it is.}
  key: {type: text, secret: true, help: What lets in.}
)";

constexpr int kRows = 60;
constexpr int kPage = 7;
constexpr int kAttempts = 4;
constexpr auto kBetweenAttempts = std::chrono::milliseconds(20);

std::string page_text(int from) {
  std::string rows;
  for (int row = from; row < std::min(from + kPage, kRows); ++row) {
    rows += fmt::format(R"({}{{"id":"item-{:04}","updated":"2024-01-01T00:{:02}:00Z","number":{}}})", rows.empty() ? "" : ",\n", row, row / 5, row);
  }
  return fmt::format("{{\"rows\":[\n{}\n],\"next\":{}}}", rows, from + kPage < kRows ? std::to_string(from + kPage) : "null");
}

struct Origin {
  std::string text;  // "http://127.0.0.1:4711"
  std::string path;  // "/api"
};
Origin split(const std::string& url) {
  const std::size_t path = std::min(url.find('/', url.find("://") + 3), url.size());
  return {url.substr(0, path), url.substr(path)};
}

class PlantedHttpReader final : public RecordReader {
 public:
  PlantedHttpReader(HttpMistake mistake, const Options& options, int start, const ReadContext& context)
      : mistake_(mistake), base_(split(options.text("base_url"))), key_(options.text("key")), next_(start), context_(context) {}

  Result<std::variant<RawRecords, End>> next() override {
    for (int attempt = 1;; ++attempt) {
      if (context_.stop.stop_requested()) return std::unexpected(Error::interrupted("stopped"));
      if (is_done_) return End::kCaughtUp;
      httplib::Client client(base_.text);
      std::string body;  // as far as it came
      const std::string target = fmt::format("{}/rows?from={}", base_.path, next_);
      httplib::Result answer = client.Get(target, {{"X-Key", key_}}, [&](const char* bytes, std::size_t size) {
        body.append(bytes, size);
        return true;
      });
      if (answer && answer->status == 302 && has(HttpMistake::kFollowsWithItsKey)) {
        const Origin elsewhere = split(answer->get_header_value("Location"));
        answer = httplib::Client(elsewhere.text).Get(elsewhere.path, {{"X-Key", key_}});
      }
      if (answer && answer->status == 200) {
        if (std::optional<RawRecords> page = take(body)) return *std::move(page);
        if (has(HttpMistake::kTakesAPageForNoRows)) return end();
      }
      if (!answer && has(HttpMistake::kTakesWhatCame) && body.contains("\"id\"")) return take_lines(body);
      if (!answer && has(HttpMistake::kTakesAResetForTheEnd)) return end();
      const int status = answer ? answer->status : 0;
      if (status == 401 && has(HttpMistake::kTakesARefusalForTheEnd)) return end();
      if (status >= 500 && has(HttpMistake::kSkipsAPageOnAnError)) {
        next_ += kPage;
        is_done_ = next_ >= kRows;
        return RawRecords{};
      }
      const bool may_pass = !answer || status == 200 || status == 429 || status >= 500;
      if (!may_pass || attempt == kAttempts) {
        if (has(HttpMistake::kGivesUpInSilence) && may_pass) return end();
        return std::unexpected(Error::source(fmt::format("GET rows answered {}", status)));
      }
      const bool is_asked_to_wait = status == 429 && !has(HttpMistake::kAsksAtOnce);
      std::this_thread::sleep_for(is_asked_to_wait ? std::chrono::milliseconds(1000)
                                  : status == 429  ? std::chrono::milliseconds(200)
                                                   : kBetweenAttempts);
    }
  }

  std::optional<Offset> offset() const override { return Offset(fmt::format(R"({{"from":{}}})", next_)); }

 private:
  bool has(HttpMistake mistake) const { return mistake_ == mistake; }

  End end() {
    is_done_ = true;
    next_ = kRows;
    return End::kCaughtUp;
  }

  // Nothing where it is no page.
  std::optional<RawRecords> take(const std::string& body) {
    const nlohmann::json page = nlohmann::json::parse(body, nullptr, false);
    if (!page.is_object() || !page.contains("rows")) return std::nullopt;
    std::vector<std::string> rows;
    for (const auto& row : page["rows"]) rows.push_back(row.dump());
    is_done_ = page["next"].is_null();
    next_ = is_done_ ? kRows : page["next"].get<int>();
    return records_of(rows);
  }

  // The whole lines of what came.
  RawRecords take_lines(const std::string& body) {
    std::vector<std::string> rows;
    std::size_t begin = 0;
    for (std::size_t line = body.find('\n'); line != std::string::npos; begin = line + 1, line = body.find('\n', begin)) {
      const std::string text = body.substr(begin, line - begin);
      if (text.starts_with("{\"id\"")) rows.push_back(text.substr(0, text.rfind('}') + 1));
    }
    next_ += kPage;
    is_done_ = next_ >= kRows;
    return records_of(rows);
  }

  static RawRecords records_of(const std::vector<std::string>& rows) {
    RawRecords raw;
    const auto text = std::make_shared<std::string>(fmt::format("{}", fmt::join(rows, "")));
    raw.bytes_read = text->size();
    text->append(kPadding, '\0');
    std::size_t start = 0;
    for (const std::string& row : rows) {
      raw.records.push_back({.bytes = std::string_view(*text).substr(start, row.size()), .position = raw.records.size()});
      start += row.size();
    }
    raw.origins.emplace_back("planted:rows");
    raw.buffer = text;
    return raw;
  }

  const HttpMistake mistake_;
  const Origin base_;
  const std::string key_;
  int next_;
  bool is_done_ = false;
  const ReadContext context_;
};

class PlantedHttpConnect final : public LakeflowConnect {
 public:
  PlantedHttpConnect(HttpMistake mistake, Options options) : mistake_(mistake), options_(std::move(options)) {}

  Result<std::vector<std::string>> list_tables() override { return std::vector<std::string>{"rows"}; }

  Result<std::shared_ptr<arrow::Schema>> get_table_schema(std::string_view table_name, const Options&) override {
    LAKEFLOW_TRY(check(table_name));
    return arrow::schema({arrow::field("id", arrow::utf8()), arrow::field("updated", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
                          arrow::field("number", arrow::int64())});
  }

  Result<TableMetadata> read_table_metadata(std::string_view table_name, const Options&) override {
    LAKEFLOW_TRY(check(table_name));
    return TableMetadata{.ingestion_type = IngestionType::kCdc, .primary_keys = {"id"}, .cursor_field = "updated", .subject_field = {}};
  }

  Result<std::unique_ptr<RecordReader>> read_table(std::string_view table_name, const Offset& start, const Options&,
                                                   const ReadContext& context) override {
    LAKEFLOW_TRY(check(table_name));
    const nlohmann::json place = nlohmann::json::parse(start.json(), nullptr, false);
    return std::make_unique<PlantedHttpReader>(mistake_, options_, place.is_object() ? place["from"].get<int>() : 0, context);
  }

 private:
  static Status check(std::string_view table) {
    return table == "rows" ? Status() : std::unexpected(Error::user(fmt::format("there is no table {}", table)));
  }

  const HttpMistake mistake_;
  const Options options_;
};

}  // namespace

class PlantedHttpSource::Implementation {
 public:
  std::unique_ptr<HttpServer> server =
      HttpServer::start(0, [](const ReceivedRequest& request) {
        if (request.header("X-Key") != kPlantedKey) return HttpAnswer{.status = 401};
        const std::size_t from = request.target.find("from=");
        return HttpAnswer{.content_type = "application/json",
                          .body = page_text(from == std::string::npos ? 0 : std::stoi(request.target.substr(from + 5)))};
      }).value();
};

PlantedHttpSource::PlantedHttpSource() : implementation_(std::make_unique<Implementation>()) {}
PlantedHttpSource::~PlantedHttpSource() = default;
std::string PlantedHttpSource::base_url() const { return implementation_->server->origin() + "/api"; }

ConnectorEntry planted_http_connector(HttpMistake mistake) {
  return {.spec = ConnectorSpec::parse(kSpec).value(), .make = [mistake](const Options& options) -> Result<std::unique_ptr<LakeflowConnect>> {
            return std::make_unique<PlantedHttpConnect>(mistake, options);
          }};
}

std::vector<NamedHttpMistake> all_http_mistakes() {
  return {
      {HttpMistake::kSkipsAPageOnAnError, "skips_a_page_on_an_error", "survives_errors"},
      {HttpMistake::kGivesUpInSilence, "gives_up_in_silence_over_http", "survives_an_outage"},
      {HttpMistake::kTakesAResetForTheEnd, "takes_a_reset_for_the_end", "survives_resets"},
      {HttpMistake::kTakesWhatCame, "takes_what_came", "survives_cut_answers"},
      {HttpMistake::kTakesAPageForNoRows, "takes_a_page_for_no_rows", "survives_web_pages"},
      {HttpMistake::kTakesARefusalForTheEnd, "takes_a_refusal_for_the_end", "survives_refused_tokens"},
      {HttpMistake::kAsksAtOnce, "asks_at_once", "waits_when_it_is_asked_to"},
      {HttpMistake::kFollowsWithItsKey, "follows_with_its_key", "keeps_credentials_to_its_host"},
  };
}

}  // namespace lakeflow
