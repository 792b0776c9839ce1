#include "tools/lakeflow/commands/all_commands.h"

namespace lakeflow {

std::vector<Command> all_commands() {
  return {connectors_command(),
          check_command(),
          discover_command(),
          preview_command(),
          test_command(),
          new_connector_command(),
          review_command(),
          docs_command(),
          ingest_command(),
          status_command(),
          health_command(),
          state_show_command(),
          state_set_command(),
          state_reread_command(),
          state_reset_command(),
          erase_command(),
          backup_command(),
          restore_command(),
          quarantine_list_command(),
          quarantine_show_command(),
          quarantine_export_command(),
          quarantine_replay_command(),
          quarantine_drop_command(),
          query_command(),
          generate_hl7v2_command(),
          simulate_api_command(),
          simulate_compare_command(),
          simulate_fhir_command(),
          simulate_record_command(),
          simulate_replay_command(),
          completion_command(),
          version_command()};
}

}  // namespace lakeflow
