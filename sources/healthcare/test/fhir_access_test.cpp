#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/connection_options/credential_options.h"
#include "sources/healthcare/fhir/fhir_presets.h"
#include "sources/healthcare/fhir/fhir_scope.h"
#include "sources/healthcare/fhir/fhir_server.h"
#include "sources/healthcare/healthcare_connector.h"
#include "sources/interface/connector_spec.h"

namespace lakeflow {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string refusal(Options options) {
  const auto access = read_credentials(options, {}, "https://h/r4");
  return access ? "" : access.error().message() + " | " + access.error().next_step();
}

std::string header_of(Options options) {
  const auto access = read_credentials(options, {}, "https://h/r4");
  const auto header = access->credentials->next(silent_logger(), {});
  return header->name + ": " + header->value;
}

TEST(FhirAccess, MakesTheHeaderOfEachKind) {
  EXPECT_EQ(read_credentials({{"auth_type", "none"}}, {}, "https://h")->credentials, nullptr);
  EXPECT_EQ(header_of({{"auth_type", "bearer"}, {"token", "t"}}), "Authorization: Bearer t");
  EXPECT_EQ(header_of({{"auth_type", "api_key"}, {"api_key_header", "X-Key"}, {"api_key", "k"}}), "X-Key: k");
  EXPECT_EQ(header_of({{"auth_type", "basic"}, {"username", "Aladdin"}, {"password", "open sesame"}}),
            "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");  // RFC 7617 §2
}

TEST(FhirAccess, SaysWhatIsMissing) {
  EXPECT_THAT(refusal({{"auth_type", "basic"}, {"username", "u"}}), HasSubstr("password is missing | auth_type basic needs it"));
  EXPECT_THAT(refusal({{"auth_type", "oauth2"}, {"client_secret", "canary"}}), AllOf(HasSubstr("client_id is missing"), Not(HasSubstr("canary"))));
  EXPECT_THAT(refusal({{"auth_type", "oauth2"}, {"client_id", "c"}}), HasSubstr("client_secret is missing"));
  EXPECT_THAT(refusal({{"auth_type", "smart_backend_services"}, {"client_id", "c"}}), HasSubstr("set one of private_key (by a reference"));
  EXPECT_THAT(refusal({{"auth_type", "smart_backend_services"}, {"client_id", "c"}, {"private_key", "canary"}, {"key_id", "k"}}),
              AllOf(HasSubstr("option private_key: the private key is neither PEM nor a JSON Web Key"), Not(HasSubstr("canary"))));
  EXPECT_THAT(refusal({{"auth_type", "smart_backend_services"}, {"client_id", "c"}, {"private_key_file", "/nowhere.pem"}}),
              HasSubstr("the private key /nowhere.pem can't be read"));
}

TEST(FhirAccess, TakesNothingThatWouldNotBeUsed) {
  EXPECT_THAT(refusal({{"auth_type", "bearer"}, {"token", "t"}, {"client_id", "c"}}),
              HasSubstr("client_id is set, and auth_type bearer does not use it | set auth_type to oauth2 or smart_backend_services"));
  EXPECT_THAT(refusal({{"auth_type", "oauth2"}, {"client_id", "c"}, {"client_secret", "s"}, {"private_key", "canary"}}),
              AllOf(HasSubstr("private_key is set, and auth_type oauth2 does not use it"), Not(HasSubstr("canary"))));
  EXPECT_THAT(refusal({{"auth_type", "basic"}, {"username", "a:b"}, {"password", "p"}}), HasSubstr("colon"));
  EXPECT_THAT(refusal({{"auth_type", "basic"}, {"username", "a"}, {"password", "canary\n"}}),
              AllOf(HasSubstr("password has a line break"), Not(HasSubstr("canary"))));
  EXPECT_THAT(refusal({{"auth_type", "oauth2"}, {"client_id", "c"}, {"client_secret", "s"}, {"token_url", "gopher://x"}}), HasSubstr("token_url"));
}

TEST(FhirPresets, AreWhatTheConnectorDeclares) {
  const ConnectorSpec spec = healthcare_connector().spec;
  const auto option = std::ranges::find(spec.connection_options, "preset", &OptionSpec::name);
  std::vector<std::string> names;
  for (const FhirPreset& preset : fhir_presets()) {
    names.emplace_back(preset.name);
    const auto server = FhirServerOptions::parse(spec.check_connection_options({{"preset", std::string(preset.name)}}).value());
    ASSERT_TRUE(server) << server.error().message();
    EXPECT_EQ(server->base_url, preset.base_url);
    EXPECT_EQ(server->page_size, preset.page_size);
    EXPECT_TRUE(server->base_url.starts_with("https://"));
  }
  EXPECT_EQ(names, option->choices);
  EXPECT_EQ(FhirServerOptions::parse(spec.check_connection_options({{"preset", "hapi_public"}, {"page_size", "7"}}).value())->page_size, 7);
  EXPECT_EQ(FhirServerOptions::parse(spec.check_connection_options({{"fhir_base_url", "https://h"}}).value())->page_size, 500);
}

TEST(FhirScope, LetsTypesBeSearched) {
  for (const char* scope : {"system/*.rs", "system/*.read", "system/*.*", "system/Patient.read", "openid system/Patient.cruds", "user/Patient.s",
                            "system/Patient.rs?category=x", "", "offline openid"}) {
    EXPECT_TRUE(scope_allows_search(scope, "Patient")) << scope;
  }
  for (const char* scope : {"system/Observation.rs", "system/Patient.r", "system/Patient.write", "system/Patient.cud system/Observation.rs"}) {
    EXPECT_FALSE(scope_allows_search(scope, "Patient")) << scope;
  }
}

TEST(FhirScope, IsShownWithoutWhatIsNone) {
  EXPECT_EQ(shown_scope("system/*.rs\r\nX"), "system/*.rs??X");
  EXPECT_EQ(shown_scope(std::string(1000, 'x')), std::string(500, 'x') + " …");
}

}  // namespace
}  // namespace lakeflow
