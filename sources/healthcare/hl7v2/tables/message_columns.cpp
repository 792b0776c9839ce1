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

constexpr MessageColumn kObservations[] = {
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

constexpr MessageTable kTables[] = {
    {"adt_messages", "ADT", "Admissions, discharges and transfers, a row a message", kAdt, {}, {}, {}, {}, {}},
    {"oru_messages", "ORU", "Results, a row a message with its observations", kOru, "observations", "OBX", kObservations, "obr_number", "OBR"},
};

}  // namespace

std::span<const MessageTable> message_tables() { return kTables; }

std::span<const MessageColumn> shared_message_columns() { return kShared; }

}  // namespace lakeflow::hl7v2
