#include "libs/secrets/secret_store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/secrets/secret_command.h"

namespace lakeflow {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SecretStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("lakeflow_secrets_" + std::to_string(::getpid()) + "_" + info_->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& text, mode_t mode = 0600) {
    const std::filesystem::path file = folder_ / "secrets.yaml";
    std::ofstream(file) << text;
    ::chmod(file.c_str(), mode);
    return file;
  }
  SecretStore store(std::filesystem::path file) const {
    return {[values = environment_](const std::string& name) {
              const auto found = values.find(name);
              return found == values.end() ? std::nullopt : std::optional(found->second);
            },
            std::move(file)};
  }

  const ::testing::TestInfo* info_ = ::testing::UnitTest::GetInstance()->current_test_info();
  std::filesystem::path folder_;
  std::map<std::string, std::string> environment_;
};

TEST_F(SecretStoreTest, TheEnvironmentGoesBeforeTheFile) {
  environment_["LAKEFLOW_SECRET_CLINIC_FHIR_TOKEN"] = "from the environment";
  const SecretStore secrets = store(write("clinic: {fhir-token: from the file, other: from the file}\n"));
  EXPECT_EQ(secrets.resolve("{{secrets/clinic/fhir-token}}").value(), "from the environment");
  EXPECT_EQ(secrets.resolve("{{secrets/clinic/other}}").value(), "from the file");
}

TEST_F(SecretStoreTest, ReferencesStandAmongOtherText) {
  environment_["LAKEFLOW_SECRET_A_B"] = "1";
  environment_["LAKEFLOW_SECRET_A_C"] = "{{secrets/a/b}}";
  EXPECT_EQ(store({}).resolve("x {{secrets/a/b}}{{secrets/a/c}} y").value(), "x 1{{secrets/a/b}} y");
  EXPECT_EQ(store({}).resolve("{{no secret}}").value(), "{{no secret}}");
}

TEST_F(SecretStoreTest, WhatIsNowhereIsNamed) {
  const Result<std::string> missing = store(write("clinic: {other: hush}\n")).resolve("{{secrets/clinic/fhir}}");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind(), ErrorKind::kUser);
  EXPECT_THAT(missing.error().message(), HasSubstr("{{secrets/clinic/fhir}}"));
  EXPECT_THAT(missing.error().next_step(), HasSubstr("LAKEFLOW_SECRET_CLINIC_FHIR"));
  EXPECT_THAT(missing.error().next_step(), HasSubstr("secrets.yaml"));
}

TEST_F(SecretStoreTest, MalformedReferencesAreErrors) {
  for (const char* text : {"{{secrets/a}}", "{{secrets/a/}}", "{{secrets//b}}", "{{secrets/a/b", "{{secrets/a/b c}}", "{{secrets/a/b/c}}"}) {
    EXPECT_FALSE(store({}).resolve(text)) << text;
  }
}

TEST_F(SecretStoreTest, AFileThatOthersMayReadIsRefused) {
  for (const mode_t mode : {0640U, 0604U, 0620U, 0666U}) {
    const Result<std::string> refused = store(write("clinic: {fhir: hush}\n", mode)).resolve("{{secrets/clinic/fhir}}");
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), HasSubstr("open to other users"));
    EXPECT_THAT(refused.error().next_step(), HasSubstr("chmod 600"));
  }
  EXPECT_EQ(store(write("clinic: {fhir: hush}\n", 0400)).resolve("{{secrets/clinic/fhir}}").value(), "hush");
}

TEST_F(SecretStoreTest, ABrokenFileIsPlacedAndNotQuoted) {
  for (const char* text : {"clinic: {fhir: hush", "clinic: hush\n", "- hush\n", "clinic: {fhir: [hush]}\n"}) {
    const Result<std::string> broken = store(write(text)).resolve("{{secrets/clinic/fhir}}");
    ASSERT_FALSE(broken) << text;
    EXPECT_THAT(broken.error().message(), HasSubstr("secrets.yaml:1:"));
    EXPECT_THAT(broken.error().message(), Not(HasSubstr("hush")));
  }
}

TEST_F(SecretStoreTest, ANamedFileMustBeThere) {
  const Result<std::string> missing = store(folder_ / "nowhere.yaml").resolve("{{secrets/clinic/fhir}}");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message(), HasSubstr("nowhere.yaml"));
  EXPECT_FALSE(store(folder_).resolve("{{secrets/clinic/fhir}}")) << "a folder is no file";
}

TEST_F(SecretStoreTest, AValueMayComeOutOfAnotherFile) {
  std::ofstream(folder_ / "key.pem") << "-----BEGIN-----\nhush\n";
  ::chmod((folder_ / "key.pem").c_str(), 0600);
  const SecretStore secrets =
      store(write("clinic: {key: {file: key.pem}, gone: {file: nowhere.pem}, absolute: {file: " + (folder_ / "key.pem").string() + "}}\n"));
  EXPECT_EQ(secrets.resolve("{{secrets/clinic/key}}").value(), "-----BEGIN-----\nhush");
  EXPECT_EQ(secrets.resolve("{{secrets/clinic/absolute}}").value(), "-----BEGIN-----\nhush");
  EXPECT_THAT(secrets.resolve("{{secrets/clinic/gone}}").error().message(), HasSubstr("nowhere.pem can't be read"));
  ::chmod((folder_ / "key.pem").c_str(), 0644);
  EXPECT_THAT(secrets.resolve("{{secrets/clinic/key}}").error().message(), HasSubstr("open to other users"));
}

TEST_F(SecretStoreTest, AValueMayBeWhatACommandPrints) {
  const SecretStore secrets = store(write(R"(
clinic:
  good: {command: [printf, 'hu sh\n']}
  shell: {command: [echo, '$HOME; rm -rf x']}
  fails: {command: [sh, -c, 'echo hush; echo hush >&2; exit 3']}
  silent: {command: ["true"]}
  missing: {command: [/nowhere/program, hush]}
  endless: {command: ["yes"]}
  odd: {command: hush}
)"));
  EXPECT_EQ(secrets.resolve("{{secrets/clinic/good}}").value(), "hu sh");
  EXPECT_EQ(secrets.resolve("{{secrets/clinic/shell}}").value(), "$HOME; rm -rf x") << "no shell";
  for (const auto& [key, says] : std::map<std::string, std::string>{{"fails", "exit code 3"},
                                                                    {"silent", "printed nothing"},
                                                                    {"missing", "can't be started"},
                                                                    {"endless", "more than 1 MB"},
                                                                    {"odd", "{command: [program, word]}"}}) {
    const auto refused = secrets.resolve("{{secrets/clinic/" + key + "}}");
    ASSERT_FALSE(refused) << key;
    EXPECT_THAT(refused.error().message(), HasSubstr(says));
    EXPECT_THAT(refused.error().message() + refused.error().next_step(), Not(HasSubstr("hush")));
  }
}

TEST(SecretCommand, IsEndedWhereItTakesTooLong) {
  const auto start = std::chrono::steady_clock::now();
  for (const char* script : {"sleep 300", "exec >&-; sleep 300"}) {
    const auto late = secret_of_command({"sh", "-c", script}, std::chrono::milliseconds(200));
    ASSERT_FALSE(late);
    EXPECT_THAT(late.error().message(), HasSubstr("not at its end in time"));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(200));
}

}  // namespace
}  // namespace lakeflow
