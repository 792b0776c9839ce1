#pragma once

#include <vector>

#include "tools/lakeflow/command.h"

namespace lakeflow {

// In the order in which help lists them; one function and one file each.
Command connectors_command();
Command check_command();
Command discover_command();
Command preview_command();
Command test_command();
Command new_connector_command();
Command review_command();
Command docs_command();
Command ingest_command();
Command status_command();
Command health_command();
Command state_show_command();
Command state_set_command();
Command state_reread_command();
Command state_reset_command();
Command erase_command();
Command backup_command();
Command restore_command();
Command quarantine_list_command();
Command quarantine_show_command();
Command quarantine_export_command();
Command quarantine_replay_command();
Command quarantine_drop_command();
Command query_command();
Command generate_hl7v2_command();
Command simulate_api_command();
Command simulate_compare_command();
Command simulate_fhir_command();
Command simulate_record_command();
Command simulate_replay_command();
Command completion_command();
Command version_command();

std::vector<Command> all_commands();

}  // namespace lakeflow
