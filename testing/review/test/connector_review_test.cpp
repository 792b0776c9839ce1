// The review passes a sound connector; each violation that is planted into it is found, by the check that is meant for it.

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/review/test/reviewed_ledger.h"

namespace lakeflow {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

// All that a result says.
std::string text_of(const ReviewResult& result) {
  std::string all = std::string(verdict_name(result.verdict)) + " " + result.check + ": " + result.evidence;
  for (const std::string& place : result.places) {
    all += "\n  " + place;
  }
  return all;
}

const ReviewResult& result_of(const std::vector<ReviewResult>& results, std::string_view check) {
  return *std::ranges::find(results, check, &ReviewResult::check);
}

std::vector<std::string> checks_with(const std::vector<ReviewResult>& results, ReviewVerdict verdict) {
  std::vector<std::string> checks;
  for (const ReviewResult& result : results) {
    if (result.verdict == verdict) {
      checks.push_back(result.check);
    }
  }
  return checks;
}

TEST(ConnectorReview, PassesASoundConnector) {
  ReviewedLedger ledger;
  const std::vector<ReviewResult> results = ledger.review();
  for (const ReviewResult& result : results) {
    EXPECT_TRUE(result.verdict == ReviewVerdict::kPassed || result.verdict == ReviewVerdict::kNeedsPerson) << text_of(result);
    EXPECT_FALSE(result.evidence.empty()) << result.check;
  }
  EXPECT_THAT(checks_with(results, ReviewVerdict::kNeedsPerson), UnorderedElementsAre("keeps_structs_nested", "converts_nothing"));
  EXPECT_EQ(review_score(results), fmt::format("{0} of {0} passed, 2 need a person", results.size() - 2));
}

// A check's name and section, what it protects, and how it is mended: for the people who read it.
TEST(ConnectorReview, IsDocumented) {
  std::stringstream document;
  document << std::ifstream(LAKEFLOW_SOURCE_DIR "/docs/review.md").rdbuf();
  for (const ReviewCheckName& check : review_checks()) {
    EXPECT_THAT(document.str(), HasSubstr("| `" + check.check + "` | " + check.protects + " |"));
  }
}

struct Violation {
  const char* name;
  const char* check;
  const char* evidence;  // a part of what the check says
  std::function<void(ReviewedLedger&)> plant;
  ReviewVerdict verdict = ReviewVerdict::kFailed;
};

void PrintTo(const Violation& violation, std::ostream* out) { *out << violation.name; }

CheckResult suite_result(std::string check, Verdict verdict) {
  return {.check = std::move(check), .table = "entries", .verdict = verdict, .evidence = "2 rows never come", .protects = ""};
}

// A value that looks like a secret; put together here, so that this file holds none.
const std::string kSecret = std::string("q7Zt") + "9xLm2" + "Vb8Rk4Wp";
const std::string kPrivateKey = std::string("-----BEGIN ") + "RSA PRIVATE KEY-----\n";

std::vector<Violation> violations() {
  const auto code = [](const char* line) { return [line](ReviewedLedger& ledger) { ledger.write("planted.cpp", std::string(line) + "\n"); }; };
  const auto fault = [](LedgerFault which) { return [which](ReviewedLedger& ledger) { ledger.set_fault(which); }; };
  const auto document = [](const char* path, std::string old_text, std::string new_text) {
    return [=](ReviewedLedger& ledger) { ledger.replace(path, old_text, new_text); };
  };
  const auto option = [](const char* declaration) {
    return [declaration](ReviewedLedger& ledger) {
      ledger.replace("connector_spec.yaml", "connection_options:\n", std::string("connection_options:\n") + declaration);
    };
  };
  return {
      // Code.
      {"NoSchema", "implements_all_methods", "table entries: get_table_schema: there is no schema yet", fault(LedgerFault::kNoSchema)},
      {"DeletesThatAreNotThere", "implements_all_methods", "table entries: read_table_deletes", fault(LedgerFault::kDeclaresDeletesThatItHasNot)},
      {"MethodThatIsNowhere", "implements_all_methods", "no source file has read_table_metadata",
       [](ReviewedLedger& ledger) {
         ledger.replace("lakeflow_connect.h", "read_table_metadata(", "metadata(");
         ledger.replace("lakeflow_connect.cpp", "read_table_metadata(", "metadata(");
       }},
      {"TakesAnyTable", "refuses_unknown_tables", "read_table takes the table \"entriesx\"", fault(LedgerFault::kTakesAnyTable)},
      {"NoNearestTable", "refuses_unknown_tables", "get_table_schema of \"entriesx\" does not name entries", fault(LedgerFault::kNoNearestTable)},
      {"Map", "prefers_structs_to_maps", "entries.tags.item: map<string, string>", fault(LedgerFault::kColumnOfMaps)},
      {"NarrowInteger", "prefers_long_integers", "entries.account.branch: int32", fault(LedgerFault::kNarrowInteger)},
      {"SocketOfItsOwn", "requests_are_retried", "planted.cpp:1: #include <sys/socket", code("#include <sys/socket.h>")},
      {"Curl", "requests_are_retried", "curl_easy_init", code("void fetch() { curl_easy_init(); }")},
      {"GivesUp", "requests_are_retried", "suite: failed survives_an_outage of entries",
       [](ReviewedLedger& ledger) { ledger.suite()->push_back(suite_result("survives_an_outage", Verdict::kFailed)); }},
      {"SwallowsAll", "swallows_no_error", "planted.cpp:1: catches all, and goes on", code("void f() { try { g(); } catch (...) { count(); } }")},
      {"SwallowsException", "swallows_no_error", "catches all", code("void f() { try { g(); } catch (const std::exception& problem) {\n} }")},
      {"LoopWithoutEnd", "loops_have_an_end", "planted.cpp:1: until it is over", code("void f() { while (true) {  // until it is over\n} }"),
       ReviewVerdict::kNeedsPerson},
      {"Prints", "prints_nothing", "planted.cpp:1: std::cout", code("void f() { std::cout << 1; }")},
      {"PrintsByPrintf", "prints_nothing", "printf(", code("void f() { std::printf(\"x\"); }")},
      {"MockObject", "has_no_mock_objects", "MockLedger", code("class MockLedger {};")},
      {"Main", "has_no_main", "int main(", code("int main() { return 0; }")},
      // Testing.
      {"SuiteFails", "passes_the_suite", "entries reads_to_its_end: 2 rows never come",
       [](ReviewedLedger& ledger) { ledger.suite()->push_back(suite_result("reads_to_its_end", Verdict::kFailed)); }},
      {"SuiteWasNotRun", "passes_the_suite", "no results of the suite were given", [](ReviewedLedger& ledger) { ledger.suite().reset(); },
       ReviewVerdict::kNotShown},
      {"SuiteOfNoTable", "passes_the_suite", "the suite was run on no table", [](ReviewedLedger& ledger) { ledger.suite()->clear(); },
       ReviewVerdict::kNotShown},
      {"MockedSource", "tests_a_real_source", "test/test_ledger_lakeflow_connect.cpp:44: MOCK_METHOD",
       [](ReviewedLedger& ledger) { ledger.append("test/test_ledger_lakeflow_connect.cpp", "MOCK_METHOD(void, read, ());\n"); }},
      {"ReadsNoSource", "tests_a_real_source", "nothing in its tests shows what they read",
       [](ReviewedLedger& ledger) { ledger.write("test/test_ledger_lakeflow_connect.cpp", "TEST(Ledger, RefusesAll) {}\n"); },
       ReviewVerdict::kNeedsPerson},
      {"DoesNotResume", "tests_incremental_reading", "entries resumes_at_each_offset",
       [](ReviewedLedger& ledger) { ledger.suite()->push_back(suite_result("resumes_at_each_offset", Verdict::kFailed)); }},
      {"IncrementalWasSkipped", "tests_incremental_reading", "resumes_at_each_offset passed for no table",
       [](ReviewedLedger& ledger) {
         std::erase_if(*ledger.suite(), [](const CheckResult& result) { return result.check == "resumes_at_each_offset"; });
       },
       ReviewVerdict::kNotShown},
      {"NoTestOfAnError", "tests_errors", "none of 1 test is named after an error",
       [](ReviewedLedger& ledger) { ledger.write("test/test_ledger_lakeflow_connect.cpp", "TEST(Ledger, Reads) { suite_failures(); }\n"); }},
      {"NoTestFile", "has_its_test_file", "there is no test/test_ledger_lakeflow_connect.cpp",
       [](ReviewedLedger& ledger) { ledger.remove("test/test_ledger_lakeflow_connect.cpp"); }},
      {"TestFileWithoutTests", "has_its_test_file", "has no test",
       [](ReviewedLedger& ledger) { ledger.write("test/test_ledger_lakeflow_connect.cpp", "// TEST(Ledger, Reads) later\n"); }},
      // Documentation.
      {"NoApiDocument", "api_document", "there is no ledger_api_doc.md", [](ReviewedLedger& ledger) { ledger.remove("ledger_api_doc.md"); }},
      {"ApiDocumentWithoutLimits", "api_document", "not a word on limits", document("ledger_api_doc.md", "## Limits\n\nNone but the disk's.\n", "")},
      {"NoDesign", "design_document", "there is no DESIGN.md", [](ReviewedLedger& ledger) { ledger.remove("DESIGN.md"); }},
      {"DesignWithoutRisks", "design_document", "DESIGN.md: no heading \"Risks\"", document("DESIGN.md", "## 4. Risks", "## 4. Other")},
      {"EmptyHeading", "design_document", "DESIGN.md:19: nothing below \"5. Acceptance\"", document("DESIGN.md", "It passes the suite.\n", "")},
      {"NoReadme", "readme", "there is no README.md", [](ReviewedLedger& ledger) { ledger.remove("README.md"); }},
      {"ReadmeWithoutPrerequisites", "readme", "no heading \"Prerequisites\"", document("README.md", "## Prerequisites", "## Before")},
      {"UnfinishedMark", "has_no_template_text",
       "README.md:7: TO"
       "DO",
       document("README.md", "A file of JSON lines",
                "TO"
                "DO: a file")},
      {"TemplatesQuestion", "has_no_template_text", "DESIGN.md:5: Which system, which version, run by whom?",
       document("DESIGN.md", "A program keeps", "- Which system, which version, run by whom?\nA program keeps")},
      {"TemplatesDescription", "has_no_template_text", "connector_spec.yaml:3: Say in one sentence what this connector brings",
       document("connector_spec.yaml", "Entries of a ledger", "Say in one sentence what this connector brings, of a ledger")},
      {"TemplatesName", "has_no_template_text", "README.md:1: <Connector>", document("README.md", "Lakeflow Ledger", "Lakeflow <Connector>")},
      {"OptionWithoutHelp", "documents_every_option", "option path has no help",
       document("connector_spec.yaml", "help: The file; a line an entry, never changed.", "help: ''")},
      {"UndocumentedOption", "documents_every_option", "README.md does not name the option encoding",
       option("  encoding: {type: text, help: Its encoding.}\n")},
      {"UndocumentedTable", "documents_every_table", "README.md does not name the table entries",
       document("README.md", "| `entries` |", "| entries |")},
      {"ReferenceThatDrifted", "generated_parts_are_up_to_date", "options: - | `path` | path | older |",
       document("README.md", "| `path` | path, required |  |", "| `path` | path | older |")},
      {"NoMarks", "generated_parts_are_up_to_date", "README.md has no <!-- lakeflow docs: tables -->",
       document("README.md", "<!-- lakeflow docs: tables -->", "<!-- lakeflow docs: rows -->")},
      {"OpenMark", "generated_parts_are_up_to_date", "README.md: line", document("README.md", "<!-- /lakeflow docs -->", "")},
      {"ExampleWithAnOptionThatIsNone", "examples_work", "README.md:14:43: unknown connection option pathh",
       document("README.md", "options: {path:", "options: {pathh:")},
      {"ExampleThatIsNoPipeline", "examples_work", "unknown key tables", document("README.md", "objects:", "tables: []\nobjects:")},
      {"ExampleInAFile", "examples_work", "examples/ledger.yaml:1:43: unknown connection option file",
       [](ReviewedLedger& ledger) {
         ledger.write("examples/ledger.yaml",
                      "connection: {connector: ledger, options: {file: x}}\ndestination: {kind: duckdb, path: x}\nobjects: [{table: {source_table: "
                      "entries}}]\n");
       }},
      {"NoExample", "examples_work", "there is no example", document("README.md", "objects:", "tables:")},
      {"ExampleConfiguration", "examples_work", "configs/dev_config.example.json:2:3: unknown connection option pat",
       document("configs/dev_config.example.json", "path", "pat")},
      // Security.
      {"LiteralPassword", "no_credentials_in_files", "planted.cpp:1: a password beside its name",
       [](ReviewedLedger& ledger) { ledger.write("planted.cpp", "const char* const password = \"" + kSecret + "\";\n"); }},
      {"LiteralToken", "no_credentials_in_files", "configs/site.yaml:1: a literal beside the name of a secret",
       [](ReviewedLedger& ledger) { ledger.write("configs/site.yaml", "api_key: " + kSecret + "\n"); }},
      {"PrivateKey", "no_credentials_in_files", "test/key.txt:1: a private key",
       [](ReviewedLedger& ledger) { ledger.write("test/key.txt", kPrivateKey); }},
      {"CloudKey", "no_credentials_in_files", "an AWS access key",
       [](ReviewedLedger& ledger) { ledger.append("DESIGN.md", "AKIA" + std::string("IOSFODNN7ABCDEFG\n")); }},
      {"BearerToken", "no_credentials_in_files", "a bearer token",
       [](ReviewedLedger& ledger) { ledger.append("ledger_api_doc.md", "Authorization: Bearer " + kSecret + kSecret + "\n"); }},
      {"CredentialThatWasTakenOut", "no_credentials_in_history", ": planted.cpp:1: a password beside its name",
       [](ReviewedLedger& ledger) {
         ledger.write("planted.cpp", "const char* const password = \"" + kSecret + "\";\n");
         ledger.commit();
         ledger.remove("planted.cpp");
         ledger.commit();
       }},
      {"PasswordInAUrl", "urls_have_no_passwords", "DESIGN.md:22: a user and a password in a URL",
       [](ReviewedLedger& ledger) { ledger.append("DESIGN.md", "https://reader:" + kSecret + "@ledger.org/\n"); }},
      {"ConfigThatIsNotIgnored", "dev_config_is_ignored", "git does not ignore configs/dev_config.json",
       [](ReviewedLedger& ledger) { ledger.write(".gitignore", "build/\n"); }},
      {"ConfigThatIsCommitted", "dev_config_is_ignored", "is committed",
       [](ReviewedLedger& ledger) {
         ledger.write("configs/dev_config.json", "{}\n");
         ledger.git("add --force configs/dev_config.json");
       }},
      {"ConfigThatWasCommitted", "dev_config_was_never_committed", ": configs/dev_config.json",
       [](ReviewedLedger& ledger) {
         ledger.write("configs/dev_config.json", "{}\n");
         ledger.git("add --force configs/dev_config.json && git commit --quiet --message one && git rm --quiet configs/dev_config.json");
         ledger.commit();
       }},
      {"OpenSecret", "secret_options_are_declared", "option archive_password is not secret: true",
       option("  archive_password: {type: text, help: Its password.}\n")},
      {"SecretWithADefault", "secret_options_are_declared", "the secret option token has a default",
       option("  token: {type: text, secret: true, default: open, help: It.}\n")},
      {"SecretInPlainText", "secrets_are_references", "README.md:14: token stands there in plain text",
       [](ReviewedLedger& ledger) {
         ledger.replace("connector_spec.yaml", "connection_options:\n", "connection_options:\n  token: {type: text, secret: true, help: It.}\n");
         ledger.replace("README.md", "options: {path: ledger.ndjson}", "options: {path: ledger.ndjson, token: sesame}");
       }},
      {"SecretOfASimulatedSourceThatMayBeReal", "secrets_are_references", "simulator/ledger.yaml:1: token stands there in plain text",
       [](ReviewedLedger& ledger) {
         ledger.replace("connector_spec.yaml", "connection_options:\n", "connection_options:\n  token: {type: text, secret: true, help: It.}\n");
         ledger.write("simulator/ledger.yaml", "auth: {token: sesame}\n");
       }},
      {"SecretWithoutAnExample", "secrets_are_references", "no example shows", option("  token: {type: text, secret: true, help: It.}\n")},
  };
}

class Planted : public testing::TestWithParam<Violation> {};

TEST_P(Planted, IsFound) {
  const Violation& violation = GetParam();
  ReviewedLedger ledger;
  violation.plant(ledger);
  const std::vector<ReviewResult> results = ledger.review();
  const ReviewResult& result = result_of(results, violation.check);
  EXPECT_EQ(result.verdict, violation.verdict) << text_of(result);
  EXPECT_THAT(text_of(result), HasSubstr(violation.evidence));
  EXPECT_FALSE(result.mend.empty());
  for (const ReviewResult& any : results) {
    EXPECT_THAT(text_of(any), Not(HasSubstr(kSecret))) << "a secret is shown";
  }
}

INSTANTIATE_TEST_SUITE_P(Violations, Planted, testing::ValuesIn(violations()),
                         [](const auto& violation) { return std::string(violation.param.name); });

// Those that a person decides are proven where a machine finds something to show: in loops_have_an_end.
TEST(ConnectorReview, HasAViolationForEachCheck) {
  const std::vector<Violation> all = violations();
  std::vector<std::string> unproven;
  for (const ReviewCheckName& check : review_checks()) {
    if (std::ranges::none_of(all, [&](const Violation& violation) { return violation.check == check.check; })) {
      unproven.push_back(check.check);
    }
  }
  EXPECT_THAT(unproven, UnorderedElementsAre("keeps_structs_nested", "converts_nothing"));
}

// Nobody may pass with the documents that `lakeflow new` made.
TEST(ConnectorReview, FindsEachTemplateUnfinished) {
  const std::filesystem::path templates = LAKEFLOW_SOURCE_DIR "/templates/connector";
  struct Document {
    const char* path;
    const char* made_of;
    const char* check;  // that is about it alone
  };
  const std::vector<Document> documents = {{"DESIGN.md", "DESIGN.md.in", "design_document"},
                                           {"README.md", "README.md.in", "readme"},
                                           {"ledger_api_doc.md", "NAME_api_doc.md.in", "api_document"}};
  for (const auto& [path, made_of, check] : documents) {
    ReviewedLedger ledger;
    std::stringstream text;
    text << std::ifstream(templates / made_of).rdbuf();
    ledger.write(path, text.str());
    const std::vector<ReviewResult> results = ledger.review();
    EXPECT_THAT(text_of(result_of(results, "has_no_template_text")), HasSubstr(std::string("\n  ") + path));
    EXPECT_EQ(result_of(results, check).verdict, ReviewVerdict::kFailed) << text_of(result_of(results, check));
  }
}

TEST(ConnectorReview, ShowsNothingOfAHistoryThatIsNotThere) {
  ReviewedLedger ledger;
  std::filesystem::remove_all(ledger.folder() / ".git");
  const std::vector<ReviewResult> results = ledger.review();
  EXPECT_THAT(checks_with(results, ReviewVerdict::kNotShown),
              UnorderedElementsAre("no_credentials_in_history", "dev_config_is_ignored", "dev_config_was_never_committed"));
  EXPECT_THAT(result_of(results, "no_credentials_in_history").mend, testing::StartsWith("git init"));
}

// What to do next fits what was seen: results are asked for where none were given, tests where none is about errors.
TEST(ConnectorReview, AsksForWhatIsMissing) {
  ReviewedLedger ledger;
  ledger.write("test/test_ledger_lakeflow_connect.cpp", "TEST(Ledger, Reads) { suite_failures(); }\n");
  EXPECT_THAT(result_of(ledger.review(), "tests_errors").mend, testing::StartsWith("test what becomes of refusals"));
  ledger.suite().reset();
  for (const char* const check : {"passes_the_suite", "tests_incremental_reading", "tests_errors"}) {
    EXPECT_THAT(result_of(ledger.review(), check).mend, testing::StartsWith("lakeflow test PIPELINE --json")) << check;
  }
}

TEST(ConnectorReview, ShowsNothingOfAHistoryThatIsCutOff) {
  ReviewedLedger ledger;
  ledger.append("DESIGN.md", "Nothing else.\n");
  ledger.commit();
  const std::string clone = ledger.folder().string() + "-clone";
  ledger.git("clone --quiet --depth 1 'file://" + ledger.folder().string() + "' '" + clone + "'");
  const std::vector<ReviewResult> results = ledger.review_folder(clone);
  std::filesystem::remove_all(clone);
  EXPECT_THAT(result_of(results, "no_credentials_in_history").evidence, HasSubstr("the clone is shallow"));
}

TEST(ConnectorReview, LeavesAloneWhatGitIgnores) {
  ReviewedLedger ledger;
  ledger.write("configs/dev_config.json", "{\"token\": \"" + kSecret + "\"}\n");
  ledger.write("build/generated.cpp", "int main() { return 0; }\n");
  EXPECT_THAT(checks_with(ledger.review(), ReviewVerdict::kFailed), IsEmpty());
}

TEST(ConnectorReview, TakesAMadeUpSecretForTheSimulatedSourcesOwn) {
  ReviewedLedger ledger;
  ledger.replace("connector_spec.yaml", "connection_options:\n", "connection_options:\n  token: {type: text, secret: true, help: It.}\n");
  ledger.replace("README.md", "options: {path: ledger.ndjson}", "options: {path: ledger.ndjson, token: \"{{secrets/ledger/token}}\"}");
  ledger.write("simulator/ledger.yaml", "auth: {token: made-up}\n");
  const ReviewResult references = result_of(ledger.review(), "secrets_are_references");
  EXPECT_EQ(references.verdict, ReviewVerdict::kPassed) << text_of(references);
}

TEST(ConnectorReview, TakesAnAuthorsWordThatSomethingIsNoCredential) {
  ReviewedLedger ledger;
  ledger.write("planted.cpp", "const char* const password = \"" + kSecret + "\";\n");
  ledger.commit();
  EXPECT_EQ(result_of(ledger.review(), "no_credentials_in_history").verdict, ReviewVerdict::kFailed);
  ledger.replace("planted.cpp", kSecret + "\";", kSecret + "\";  // not a credential");
  const std::vector<ReviewResult> results = ledger.review();
  EXPECT_THAT(result_of(results, "no_credentials_in_files").evidence, HasSubstr("1 marked as none"));
  EXPECT_EQ(result_of(results, "no_credentials_in_history").verdict, ReviewVerdict::kPassed)
      << text_of(result_of(results, "no_credentials_in_history"));
}

}  // namespace
}  // namespace lakeflow
