// The tables as a whole: which there are, and how their columns are called.

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include <arrow/type.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/healthcare/test/hl7v2_test_source.h"

namespace lakeflow {
namespace {

using testing::Contains;
using testing::Not;

std::shared_ptr<arrow::Schema> schema_of(TableFamily& tables, const std::string& name) { return tables.get_table_schema(name, {}).value(); }

// Names that a row, or a struct in it, has twice.
void find_twins(const arrow::FieldVector& fields, const std::string& path, std::vector<std::string>& twins) {
  std::set<std::string> names;
  for (const auto& field : fields) {
    const std::string name = path + field->name();
    if (!names.insert(name).second) {
      twins.push_back(name);
    }
    const arrow::DataType* type = field->type().get();
    if (type->id() == arrow::Type::LIST) {
      type = type->field(0)->type().get();
    }
    if (type->id() == arrow::Type::STRUCT) {
      find_twins(type->fields(), name + ".", twins);
    }
  }
}

TEST(Hl7Tables, AreThoseOfMessagesAndOneForEverySegmentOfTheStandard) {
  Hl7TestSource source;
  const std::vector<std::string> names = source.tables().list_tables();
  EXPECT_EQ(std::ranges::count_if(names, [](const std::string& name) { return name.size() == 3; }), 186);
  EXPECT_THAT(names, Contains("pid"));
  EXPECT_THAT(names, Contains("qrd")) << "withdrawn, but sent";
  EXPECT_THAT(names, Contains("rxv")) << "new in 2.8.2";
  EXPECT_THAT(names, Not(Contains("fhs"))) << "stands in no message";
  EXPECT_FALSE(source.tables().get_table_schema("PID", {}).has_value());
}

TEST(Hl7Tables, HaveNoNameTwiceAndSayWhatARowIs) {
  Hl7TestSource source;
  std::vector<std::string> twins;
  for (const std::string& name : source.tables().list_tables()) {
    find_twins(schema_of(source.tables(), name)->fields(), name + ".", twins);
    EXPECT_NE(source.tables().read_table_metadata(name, {}).value().description, "") << name;
  }
  EXPECT_THAT(twins, testing::IsEmpty());
}

TEST(Hl7Tables, AFieldNamedLikeAColumnOfEveryTableBearsItsNumber) {
  Hl7TestSource source;
  const auto msa = schema_of(source.tables(), "msa");
  EXPECT_NE(msa->GetFieldByName("message_control_id"), nullptr) << "of MSH-10";
  EXPECT_NE(msa->GetFieldByName("message_control_id_2"), nullptr) << "MSA-2: of the message that is answered";
}

std::vector<std::string> names_of(const arrow::FieldVector& fields) {
  std::vector<std::string> names;
  for (const auto& field : fields) {
    names.push_back(field->name());
  }
  return names;
}

// The names of a list's elements; "vaccinations.observations" is the list in a list.
std::vector<std::string> names_in(const arrow::Schema& schema, std::string_view path) {
  arrow::FieldVector fields = schema.fields();
  while (!path.empty()) {
    const std::string name(path.substr(0, path.find('.')));
    path.remove_prefix(std::min(name.size() + 1, path.size()));
    const auto found = std::ranges::find(fields, name, &arrow::Field::name);
    fields = (*found)->type()->field(0)->type()->fields();
  }
  return names_of(fields);
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

// The names by which the users of message tables know them.
TEST(Hl7Tables, OfMessagesHaveTheColumnsThatTheirUsersKnow) {
  const std::string shared =
      "_record_id message_control_id message_type trigger_event message_datetime message_datetime_utc sending_application sending_facility "
      "receiving_application "
      "receiving_facility processing_id version_id patient_id patient_id_assigning_authority patient_id_type patient_name_family patient_name_given "
      "patient_name_middle patient_name_suffix patient_name_prefix date_of_birth gender patient_address_street patient_address_city "
      "patient_address_state patient_address_zip patient_address_country ";
  const std::string place = " message_offset message_length raw_message";
  const std::string service = "universal_service_id service_code service_text service_coding_system observation_datetime observation_datetime_utc";
  const std::string order =
      "order_control placer_order_number filler_order_number order_status order_datetime order_datetime_utc ordering_provider_id "
      "ordering_provider_family "
      "ordering_provider_given " +
      service;
  const std::string observation =
      "set_id value_type observation_id observation_code observation_text observation_coding_system observation_value units units_code units_text "
      "reference_range abnormal_flags observation_result_status observation_datetime observation_datetime_utc";
  const std::map<std::string, std::string> own = {
      {"adt_messages",
       "event_type_code event_datetime event_datetime_utc event_reason_code patient_class assigned_location location_unit location_room location_bed "
       "location_facility "
       "location_building location_floor admission_type preadmit_number prior_location_unit prior_location_room prior_location_bed "
       "attending_doctor_id attending_doctor_family attending_doctor_given referring_doctor_id referring_doctor_family referring_doctor_given "
       "hospital_service admit_source patient_type visit_number discharge_disposition admit_datetime admit_datetime_utc discharge_datetime "
       "discharge_datetime_utc"},
      {"orm_messages", order + " orders"},
      {"oru_messages", "placer_order_number filler_order_number " + service +
                           " specimen_received_datetime specimen_received_datetime_utc result_status observations"},
      {"siu_messages",
       "placer_appointment_id filler_appointment_id schedule_id event_reason appointment_reason appointment_reason_code appointment_reason_text "
       "appointment_type appointment_type_code appointment_type_text appointment_duration appointment_duration_units appointment_start_datetime "
       "appointment_start_datetime_utc "
       "appointment_end_datetime appointment_end_datetime_utc filler_status_code appointment_resources"},
      {"vxu_messages", "vaccinations"}};
  Hl7TestSource source;
  for (const auto& [table, columns] : own) {
    EXPECT_EQ(names_of(schema_of(source.tables(), table)->fields()), words(shared + columns + place)) << table;
  }
  EXPECT_EQ(names_in(*schema_of(source.tables(), "orm_messages"), "orders"), words(order));
  EXPECT_EQ(names_in(*schema_of(source.tables(), "oru_messages"), "observations"), words("obr_number " + observation));
  EXPECT_EQ(names_in(*schema_of(source.tables(), "siu_messages"), "appointment_resources"),
            words("resource_type set_id service_code service_text personnel_id personnel_family personnel_given resource_role location_unit "
                  "location_room location_bed location_facility location_type start_datetime start_datetime_utc duration filler_status_code"));
  EXPECT_EQ(names_in(*schema_of(source.tables(), "vxu_messages"), "vaccinations"),
            words("order_control placer_order_number filler_order_number administration_start_datetime administration_start_datetime_utc "
                  "administration_end_datetime administration_end_datetime_utc vaccine_code "
                  "vaccine_name vaccine_coding_system administered_amount administered_units lot_number expiration_date manufacturer_code "
                  "manufacturer_name completion_status action_code route_code route_name site_code site_name observations"));
  EXPECT_EQ(names_in(*schema_of(source.tables(), "vxu_messages"), "vaccinations.observations"), words(observation));
}

}  // namespace
}  // namespace lakeflow
