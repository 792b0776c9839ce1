#include "sources/healthcare/hl7v2/tables/message_columns.h"

namespace lakeflow::hl7v2 {
namespace {

using enum MessageColumnType;

constexpr MessageColumn kShared[] = {
    {"message_control_id", "MSH-10"},
    {"message_type", "MSH-9.1"},
    {"trigger_event", "MSH-9.2"},
    {"message_datetime", "MSH-7", kTimestamp},
    {"sending_application", "MSH-3"},
    {"sending_facility", "MSH-4"},
    {"receiving_application", "MSH-5"},
    {"receiving_facility", "MSH-6"},
    {"processing_id", "MSH-11"},
    {"version_id", "MSH-12"},
    {"patient_id", "PID-3.1"},
    {"patient_id_assigning_authority", "PID-3.4"},
    {"patient_id_type", "PID-3.5"},
    {"patient_name_family", "PID-5.1"},
    {"patient_name_given", "PID-5.2"},
    {"patient_name_middle", "PID-5.3"},
    {"patient_name_suffix", "PID-5.4"},
    {"patient_name_prefix", "PID-5.5"},
    {"date_of_birth", "PID-7", kDate},
    {"gender", "PID-8"},
    {"patient_address_street", "PID-11.1"},
    {"patient_address_city", "PID-11.3"},
    {"patient_address_state", "PID-11.4"},
    {"patient_address_zip", "PID-11.5"},
    {"patient_address_country", "PID-11.6"},
};

constexpr MessageColumn kAdt[] = {
    {"event_type_code", "EVN-1"},
    {"event_datetime", "EVN-2", kTimestamp},
    {"event_reason_code", "EVN-4"},
    {"patient_class", "PV1-2"},
    {"assigned_location", "PV1-3", kWhole},
    {"location_unit", "PV1-3.1"},
    {"location_room", "PV1-3.2"},
    {"location_bed", "PV1-3.3"},
    {"location_facility", "PV1-3.4"},
    {"location_building", "PV1-3.7"},
    {"location_floor", "PV1-3.8"},
    {"admission_type", "PV1-4"},
    {"preadmit_number", "PV1-5"},
    {"prior_location_unit", "PV1-6.1"},
    {"prior_location_room", "PV1-6.2"},
    {"prior_location_bed", "PV1-6.3"},
    {"attending_doctor_id", "PV1-7.1"},
    {"attending_doctor_family", "PV1-7.2"},
    {"attending_doctor_given", "PV1-7.3"},
    {"referring_doctor_id", "PV1-8.1"},
    {"referring_doctor_family", "PV1-8.2"},
    {"referring_doctor_given", "PV1-8.3"},
    {"hospital_service", "PV1-10"},
    {"admit_source", "PV1-14"},
    {"patient_type", "PV1-18"},
    {"visit_number", "PV1-19"},
    {"discharge_disposition", "PV1-36"},
    {"admit_datetime", "PV1-44", kTimestamp},
    {"discharge_datetime", "PV1-45", kTimestamp},
};

constexpr MessageColumn kOru[] = {
    {"placer_order_number", "OBR-2"},
    {"filler_order_number", "OBR-3"},
    {"universal_service_id", "OBR-4", kWhole},
    {"service_code", "OBR-4.1"},
    {"service_text", "OBR-4.2"},
    {"service_coding_system", "OBR-4.3"},
    {"observation_datetime", "OBR-7", kTimestamp},
    {"specimen_received_datetime", "OBR-14", kTimestamp},
    {"result_status", "OBR-25"},
};

constexpr MessageColumn kObservationColumns[] = {
    {"obr_number", "OBR", kNumberOf},
    {"set_id", "OBX-1", kInteger},
    {"value_type", "OBX-2"},
    {"observation_id", "OBX-3", kWhole},
    {"observation_code", "OBX-3.1"},
    {"observation_text", "OBX-3.2"},
    {"observation_coding_system", "OBX-3.3"},
    {"observation_value", "OBX-5", kWhole},
    {"units", "OBX-6", kWhole},
    {"units_code", "OBX-6.1"},
    {"units_text", "OBX-6.2"},
    {"reference_range", "OBX-7", kWhole},
    {"abnormal_flags", "OBX-8", kWhole},
    {"observation_result_status", "OBX-11"},
    {"observation_datetime", "OBX-14", kTimestamp},
};

constexpr MessageColumn kOrderColumns[] = {
    {"order_control", "ORC-1"},
    {"placer_order_number", "ORC-2"},
    {"filler_order_number", "ORC-3"},
    {"order_status", "ORC-5"},
    {"order_datetime", "ORC-9", kTimestamp},
    {"ordering_provider_id", "ORC-12.1"},
    {"ordering_provider_family", "ORC-12.2"},
    {"ordering_provider_given", "ORC-12.3"},
    {"universal_service_id", "OBR-4", kWhole},
    {"service_code", "OBR-4.1"},
    {"service_text", "OBR-4.2"},
    {"service_coding_system", "OBR-4.3"},
    {"observation_datetime", "OBR-7", kTimestamp},
};

constexpr MessageColumn kSiu[] = {
    {"placer_appointment_id", "SCH-1"},
    {"filler_appointment_id", "SCH-2"},
    {"schedule_id", "SCH-5"},
    {"event_reason", "SCH-6"},
    {"appointment_reason", "SCH-7", kWhole},
    {"appointment_reason_code", "SCH-7.1"},
    {"appointment_reason_text", "SCH-7.2"},
    {"appointment_type", "SCH-8", kWhole},
    {"appointment_type_code", "SCH-8.1"},
    {"appointment_type_text", "SCH-8.2"},
    {"appointment_duration", "SCH-9", kNumber},
    {"appointment_duration_units", "SCH-10"},
    {"appointment_start_datetime", "SCH-11.4", kTimestamp},
    {"appointment_end_datetime", "SCH-11.5", kTimestamp},
    {"filler_status_code", "SCH-25"},
};

constexpr MessageColumn kResourceColumns[] = {
    {"resource_type", "", kSegmentName},
    {"set_id", "AIS-1|AIG-1|AIL-1|AIP-1", kInteger},
    {"service_code", "AIS-3.1|AIG-3.1"},
    {"service_text", "AIS-3.2|AIG-3.2"},
    {"personnel_id", "AIP-3.1"},
    {"personnel_family", "AIP-3.2"},
    {"personnel_given", "AIP-3.3"},
    {"resource_role", "AIG-4.1|AIP-4.1"},
    {"location_unit", "AIL-3.1"},
    {"location_room", "AIL-3.2"},
    {"location_bed", "AIL-3.3"},
    {"location_facility", "AIL-3.4"},
    {"location_type", "AIL-4.1"},
    {"start_datetime", "AIS-4|AIG-8|AIL-6|AIP-6", kTimestamp},
    {"duration", "AIS-7|AIG-11|AIL-9|AIP-9", kNumber},
    {"filler_status_code", "AIS-10|AIG-14|AIL-12|AIP-12"},
};

constexpr MessageColumn kVaccinationColumns[] = {
    {"order_control", "ORC-1"},
    {"placer_order_number", "ORC-2"},
    {"filler_order_number", "ORC-3"},
    {"administration_start_datetime", "RXA-3", kTimestamp},
    {"administration_end_datetime", "RXA-4", kTimestamp},
    {"vaccine_code", "RXA-5.1"},
    {"vaccine_name", "RXA-5.2"},
    {"vaccine_coding_system", "RXA-5.3"},
    {"administered_amount", "RXA-6", kNumber},
    {"administered_units", "RXA-7"},
    {"lot_number", "RXA-15"},
    {"expiration_date", "RXA-16", kDate},
    {"manufacturer_code", "RXA-17.1"},
    {"manufacturer_name", "RXA-17.2"},
    {"completion_status", "RXA-20"},
    {"action_code", "RXA-21"},
    {"route_code", "RXR-1.1"},
    {"route_name", "RXR-1.2"},
    {"site_code", "RXR-2.1"},
    {"site_name", "RXR-2.2"},
};

constexpr MessageColumn kOfElements[] = {
    {"message_control_id", "MSH-10"},
    {"message_type", "MSH-9.1"},
    {"trigger_event", "MSH-9.2"},
    {"message_datetime", "MSH-7", kTimestamp},
    {"sending_application", "MSH-3"},
    {"sending_facility", "MSH-4"},
    {"patient_id", "PID-3.1"},
    {"patient_id_assigning_authority", "PID-3.4"},
    {"patient_id_type", "PID-3.5"},
    {"patient_name_family", "PID-5.1"},
    {"patient_name_given", "PID-5.2"},
    {"date_of_birth", "PID-7", kDate},
    {"gender", "PID-8"},
};

constexpr MessageElements kObservations{"observations", "oru_observations", "A result: an OBX of an ORU", "OBX", "", kObservationColumns};
// Of something that is no order: which OBR it belongs to is no question there.
constexpr MessageElements kObservationsOfElement{"observations", "", "", "OBX", "", std::span(kObservationColumns).subspan(1)};
constexpr MessageElements kOrders{"orders", "orm_orders", "An order: an ORC or OBR of an ORM", "OBR", "ORC", kOrderColumns};
constexpr MessageElements kResources{"appointment_resources",
                                     "siu_appointment_resources",
                                     "What or who an appointment needs: an AIS, AIG, AIL or AIP of an SIU",
                                     "AIS AIG AIL AIP",
                                     "",
                                     kResourceColumns};
constexpr MessageElements kVaccinations{"vaccinations",      "vxu_vaccinations",     "A vaccination: an RXA of a VXU", "RXA", "",
                                        kVaccinationColumns, &kObservationsOfElement};

constexpr MessageTable kTables[] = {
    {"adt_messages", "ADT", "An admission, discharge or transfer message", kAdt, nullptr},
    {"orm_messages", "ORM", "An order message, with its orders", kOrderColumns, &kOrders},
    {"oru_messages", "ORU", "A result message, with its observations", kOru, &kObservations},
    {"siu_messages", "SIU", "An appointment message, with its resources", kSiu, &kResources},
    {"vxu_messages", "VXU", "A vaccination message, with its vaccinations", {}, &kVaccinations},
};

}  // namespace

std::span<const MessageTable> message_tables() { return kTables; }

std::span<const MessageColumn> shared_message_columns() { return kShared; }

std::span<const MessageColumn> element_message_columns() { return kOfElements; }

}  // namespace lakeflow::hl7v2
