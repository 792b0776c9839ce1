#include "tools/lakeflow/command_log.h"

#include "tools/lakeflow/console.h"
#include "tools/lakeflow/pipeline_session.h"
#include "tools/lakeflow/setting_flags.h"

namespace lakeflow {

std::vector<Parameter> log_parameters() {
  return {setting_parameter("log-file", "Append log lines to this file, readable by you alone; - is stderr", Parameter::Value::kFile),
          setting_parameter("log-format", "text (default) or json, an object a line"),
          setting_parameter("log-level", "The least that goes to the log file: debug, info (default), warning or error")};
}

Result<Pipeline> open_logged_pipeline(const Arguments& arguments, const Session& session) {
  LAKEFLOW_ASSIGN(Pipeline pipeline, open_pipeline(arguments, session));
  LAKEFLOW_TRY(apply_settings(log_parameters(), arguments, pipeline));
  if (pipeline.settings.log_file.empty() && (arguments.find("log-format") || arguments.find("log-level"))) {
    return std::unexpected(Error::user("--log-format and --log-level are about a log file, and there is none",
                                       "add --log-file FILE (or - for stderr); --verbose says more on stderr"));
  }
  return pipeline;
}

Result<std::unique_ptr<CommandLog>> CommandLog::open(const Pipeline& pipeline, Console& console) {
  const PipelineSettings& settings = pipeline.settings;
  std::unique_ptr<LogFile> file;
  if (!settings.log_file.empty()) {
    LAKEFLOW_ASSIGN(file, LogFile::open({.path = settings.log_file,
                                         .format = settings.log_format == "json" ? LogFormat::kJson : LogFormat::kText,
                                         .level = settings.log_level}));
  }
  return std::unique_ptr<CommandLog>(new CommandLog(console, std::move(file), settings.log_file == "-"));
}

void CommandLog::write(LogLevel level, std::string_view message, Fields fields) {
  if (!file_is_console_) {
    console_.write(level, message, fields);
  }
  if (file_ != nullptr) {
    file_->write(level, message, fields);
  }
}

void CommandLog::end_with(const Error& error) {
  if (file_ != nullptr) {
    file_->log(LogLevel::kError, error.message(), {{"kind", std::string(error_kind_name(error.kind()))}, {"next", error.next_step()}});
  }
}

void CommandLog::reopen() {
  if (file_ != nullptr) {
    file_->reopen();
  }
}

}  // namespace lakeflow
