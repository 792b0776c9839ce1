#include "libs/hl7v2/dictionary.h"

#include <algorithm>

namespace lakeflow::hl7v2 {
namespace {

constexpr DatatypeDefinition kString{"ST", ValueKind::kText, {}};
constexpr DatatypeDefinition kSequenceId{"SI", ValueKind::kInteger, {}};
constexpr DatatypeDefinition kNumeric{"NM", ValueKind::kNumber, {}};
constexpr DatatypeDefinition kDate{"DT", ValueKind::kDateTime, {}};
constexpr DatatypeDefinition kDateTime{"DTM", ValueKind::kDateTime, {}};
constexpr DatatypeDefinition kVaries{"varies", ValueKind::kVaries, {}};

// A coded value that is itself a component, whose parts are subcomponents: senders give its first triplet.
constexpr ComponentDefinition kCodedComponentComponents[] = {{"identifier", &kString}, {"text", &kString}, {"name_of_coding_system", &kString}};
constexpr DatatypeDefinition kCodedComponent{"CWE", ValueKind::kComposite, kCodedComponentComponents};

constexpr ComponentDefinition kHdComponents[] = {{"namespace_id", &kString}, {"universal_id", &kString}, {"universal_id_type", &kString}};
constexpr DatatypeDefinition kHd{"HD", ValueKind::kComposite, kHdComponents};

constexpr ComponentDefinition kCweComponents[] = {{"identifier", &kString},
                                                  {"text", &kString},
                                                  {"name_of_coding_system", &kString},
                                                  {"alternate_identifier", &kString},
                                                  {"alternate_text", &kString},
                                                  {"name_of_alternate_coding_system", &kString},
                                                  {"coding_system_version_id", &kString},
                                                  {"alternate_coding_system_version_id", &kString},
                                                  {"original_text", &kString}};
constexpr DatatypeDefinition kCwe{"CWE", ValueKind::kComposite, kCweComponents};

constexpr ComponentDefinition kCxComponents[] = {{"id_number", &kString},
                                                 {"identifier_check_digit", &kString},
                                                 {"check_digit_scheme", &kString},
                                                 {"assigning_authority", &kHd},
                                                 {"identifier_type_code", &kString},
                                                 {"assigning_facility", &kHd},
                                                 {"effective_date", &kDate},
                                                 {"expiration_date", &kDate},
                                                 {"assigning_jurisdiction", &kCodedComponent},
                                                 {"assigning_agency_or_department", &kCodedComponent},
                                                 {"security_check", &kString},
                                                 {"security_check_scheme", &kString}};
constexpr DatatypeDefinition kCx{"CX", ValueKind::kComposite, kCxComponents};

constexpr ComponentDefinition kFnComponents[] = {{"surname", &kString},
                                                 {"own_surname_prefix", &kString},
                                                 {"own_surname", &kString},
                                                 {"surname_prefix_from_partner_spouse", &kString},
                                                 {"surname_from_partner_spouse", &kString}};
constexpr DatatypeDefinition kFn{"FN", ValueKind::kComposite, kFnComponents};

constexpr ComponentDefinition kDrComponents[] = {{"range_start_date_time", &kDateTime}, {"range_end_date_time", &kDateTime}};
constexpr DatatypeDefinition kDr{"DR", ValueKind::kComposite, kDrComponents};

constexpr ComponentDefinition kXpnComponents[] = {{"family_name", &kFn},
                                                  {"given_name", &kString},
                                                  {"second_and_further_given_names_or_initials_thereof", &kString},
                                                  {"suffix", &kString},
                                                  {"prefix", &kString},
                                                  {"degree", &kString},
                                                  {"name_type_code", &kString},
                                                  {"name_representation_code", &kString},
                                                  {"name_context", &kCodedComponent},
                                                  {"name_validity_range", &kDr},
                                                  {"name_assembly_order", &kString},
                                                  {"effective_date", &kDateTime},
                                                  {"expiration_date", &kDateTime},
                                                  {"professional_suffix", &kString},
                                                  {"called_by", &kString}};
constexpr DatatypeDefinition kXpn{"XPN", ValueKind::kComposite, kXpnComponents};

constexpr ComponentDefinition kSadComponents[] = {{"street_or_mailing_address", &kString}, {"street_name", &kString}, {"dwelling_number", &kString}};
constexpr DatatypeDefinition kSad{"SAD", ValueKind::kComposite, kSadComponents};

constexpr ComponentDefinition kEiComponents[] = {
    {"entity_identifier", &kString}, {"namespace_id", &kString}, {"universal_id", &kString}, {"universal_id_type", &kString}};
constexpr DatatypeDefinition kEi{"EI", ValueKind::kComposite, kEiComponents};

constexpr ComponentDefinition kXadComponents[] = {{"street_address", &kSad},
                                                  {"other_designation", &kString},
                                                  {"city", &kString},
                                                  {"state_or_province", &kString},
                                                  {"zip_or_postal_code", &kString},
                                                  {"country", &kString},
                                                  {"address_type", &kString},
                                                  {"other_geographic_designation", &kString},
                                                  {"county_parish_code", &kCodedComponent},
                                                  {"census_tract", &kCodedComponent},
                                                  {"address_representation_code", &kString},
                                                  {"address_validity_range", &kDr},
                                                  {"effective_date", &kDateTime},
                                                  {"expiration_date", &kDateTime},
                                                  {"expiration_reason", &kCodedComponent},
                                                  {"temporary_indicator", &kString},
                                                  {"bad_address_indicator", &kString},
                                                  {"address_usage", &kString},
                                                  {"addressee", &kString},
                                                  {"comment", &kString},
                                                  {"preference_order", &kNumeric},
                                                  {"protection_code", &kCodedComponent},
                                                  {"address_identifier", &kEi}};
constexpr DatatypeDefinition kXad{"XAD", ValueKind::kComposite, kXadComponents};

constexpr ComponentDefinition kXtnComponents[] = {{"telephone_number", &kString},
                                                  {"telecommunication_use_code", &kString},
                                                  {"telecommunication_equipment_type", &kString},
                                                  {"communication_address", &kString},
                                                  {"country_code", &kString},
                                                  {"area_city_code", &kString},
                                                  {"local_number", &kString},
                                                  {"extension", &kString},
                                                  {"any_text", &kString},
                                                  {"extension_prefix", &kString},
                                                  {"speed_dial_code", &kString},
                                                  {"unformatted_telephone_number", &kString},
                                                  {"effective_start_date", &kDateTime},
                                                  {"expiration_date", &kDateTime},
                                                  {"expiration_reason", &kCodedComponent},
                                                  {"protection_code", &kCodedComponent},
                                                  {"shared_telecommunication_identifier", &kEi},
                                                  {"preference_order", &kNumeric}};
constexpr DatatypeDefinition kXtn{"XTN", ValueKind::kComposite, kXtnComponents};

constexpr ComponentDefinition kDlnComponents[] = {
    {"license_number", &kString}, {"issuing_state_province_country", &kCodedComponent}, {"expiration_date", &kDate}};
constexpr DatatypeDefinition kDln{"DLN", ValueKind::kComposite, kDlnComponents};

constexpr ComponentDefinition kOgComponents[] = {
    {"original_sub_identifier", &kString}, {"group", &kNumeric}, {"sequence", &kNumeric}, {"identifier", &kString}};
constexpr DatatypeDefinition kOg{"OG", ValueKind::kComposite, kOgComponents};

constexpr ComponentDefinition kXcnComponents[] = {{"person_identifier", &kString},
                                                  {"family_name", &kFn},
                                                  {"given_name", &kString},
                                                  {"second_and_further_given_names_or_initials_thereof", &kString},
                                                  {"suffix", &kString},
                                                  {"prefix", &kString},
                                                  {"degree", &kString},
                                                  {"source_table", &kCodedComponent},
                                                  {"assigning_authority", &kHd},
                                                  {"name_type_code", &kString},
                                                  {"identifier_check_digit", &kString},
                                                  {"check_digit_scheme", &kString},
                                                  {"identifier_type_code", &kString},
                                                  {"assigning_facility", &kHd},
                                                  {"name_representation_code", &kString},
                                                  {"name_context", &kCodedComponent},
                                                  {"name_validity_range", &kDr},
                                                  {"name_assembly_order", &kString},
                                                  {"effective_date", &kDateTime},
                                                  {"expiration_date", &kDateTime},
                                                  {"professional_suffix", &kString},
                                                  {"assigning_jurisdiction", &kCodedComponent},
                                                  {"assigning_agency_or_department", &kCodedComponent},
                                                  {"security_check", &kString},
                                                  {"security_check_scheme", &kString}};
constexpr DatatypeDefinition kXcn{"XCN", ValueKind::kComposite, kXcnComponents};

constexpr ComponentDefinition kCneComponents[] = {{"identifier", &kString},
                                                  {"text", &kString},
                                                  {"name_of_coding_system", &kString},
                                                  {"alternate_identifier", &kString},
                                                  {"alternate_text", &kString},
                                                  {"name_of_alternate_coding_system", &kString},
                                                  {"coding_system_version_id", &kString},
                                                  {"alternate_coding_system_version_id", &kString},
                                                  {"original_text", &kString}};
constexpr DatatypeDefinition kCne{"CNE", ValueKind::kComposite, kCneComponents};

constexpr ComponentDefinition kXonComponents[] = {{"organization_name", &kString},
                                                  {"organization_name_type_code", &kCodedComponent},
                                                  {"id_number", &kString},
                                                  {"identifier_check_digit", &kString},
                                                  {"check_digit_scheme", &kString},
                                                  {"assigning_authority", &kHd},
                                                  {"identifier_type_code", &kString},
                                                  {"assigning_facility", &kHd},
                                                  {"name_representation_code", &kString},
                                                  {"organization_identifier", &kString}};
constexpr DatatypeDefinition kXon{"XON", ValueKind::kComposite, kXonComponents};

constexpr FieldDefinition kPidFields[] = {
    {"set_id_pid", &kSequenceId, false},
    {"patient_id", &kCx, false},
    {"patient_identifier_list", &kCx, true},
    {"alternate_patient_id_pid", &kCx, true},
    {"patient_name", &kXpn, true},
    {"mothers_maiden_name", &kXpn, true},
    {"date_time_of_birth", &kDateTime, false},
    {"administrative_sex", &kCwe, false},
    {"patient_alias", &kXpn, true},
    {"race", &kCwe, true},
    {"patient_address", &kXad, true},
    {"county_code", &kString, false},
    {"phone_number_home", &kXtn, true},
    {"phone_number_business", &kXtn, true},
    {"primary_language", &kCwe, false},
    {"marital_status", &kCwe, false},
    {"religion", &kCwe, false},
    {"patient_account_number", &kCx, false},
    {"ssn_number_patient", &kString, false},
    {"drivers_license_number_patient", &kDln, false},
    {"mothers_identifier", &kCx, true},
    {"ethnic_group", &kCwe, true},
    {"birth_place", &kString, false},
    {"multiple_birth_indicator", &kString, false},
    {"birth_order", &kNumeric, false},
    {"citizenship", &kCwe, true},
    {"veterans_military_status", &kCwe, false},
    {"nationality", &kCwe, false},
    {"patient_death_date_and_time", &kDateTime, false},
    {"patient_death_indicator", &kString, false},
    {"identity_unknown_indicator", &kString, false},
    {"identity_reliability_code", &kCwe, true},
    {"last_update_date_time", &kDateTime, false},
    {"last_update_facility", &kHd, false},
    {"taxonomic_classification_code", &kCwe, false},
    {"breed_code", &kCwe, false},
    {"strain", &kString, false},
    {"production_class_code", &kCwe, true},
    {"tribal_citizenship", &kCwe, true},
    {"patient_telecommunication_information", &kXtn, true},
};

constexpr FieldDefinition kObxFields[] = {
    {"set_id_obx", &kSequenceId, false},
    {"value_type", &kString, false},
    {"observation_identifier", &kCwe, false},
    {"observation_sub_id", &kOg, false},
    {"observation_value", &kVaries, true},
    {"units", &kCwe, false},
    {"reference_range", &kString, false},
    {"interpretation_codes", &kCwe, true},
    {"probability", &kNumeric, false},
    {"nature_of_abnormal_test", &kString, true},
    {"observation_result_status", &kString, false},
    {"effective_date_of_reference_range", &kDateTime, false},
    {"user_defined_access_checks", &kString, false},
    {"date_time_of_the_observation", &kDateTime, false},
    {"producers_id", &kCwe, false},
    {"responsible_observer", &kXcn, true},
    {"observation_method", &kCwe, true},
    {"equipment_instance_identifier", &kEi, true},
    {"date_time_of_the_analysis", &kDateTime, false},
    {"observation_site", &kCwe, true},
    {"observation_instance_identifier", &kEi, false},
    {"mood_code", &kCne, false},
    {"performing_organization_name", &kXon, true},
    {"performing_organization_address", &kXad, true},
    {"performing_organization_medical_director", &kXcn, true},
    {"patient_results_release_category", &kString, true},
    {"root_cause", &kCwe, false},
    {"local_process_control", &kCwe, true},
    {"observation_type", &kString, true},
    {"observation_sub_type", &kString, true},
};

constexpr SegmentDefinition kSegments[] = {
    {"PID", "Patient identification", kPidFields},
    {"OBX", "Observation result", kObxFields},
};

}  // namespace

const SegmentDefinition* find_segment_definition(std::string_view name) {
  const auto* const found = std::ranges::find(kSegments, name, &SegmentDefinition::name);
  return found == std::end(kSegments) ? nullptr : found;
}

}  // namespace lakeflow::hl7v2
