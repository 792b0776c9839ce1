#include "engine/pipeline/settings.h"

#include <array>
#include <charconv>
#include <functional>

#include <fmt/format.h>

namespace lakeflow {
namespace {

constexpr std::int64_t kMinimumMemory = std::int64_t{64} << 20;

// How each key is read into the settings: nothing where it fits, else the rest of the sentence "<key> …".
using Misfit = std::optional<std::string>;
struct SettingSpec {
  std::string key;
  std::function<Misfit(PipelineSettings&, const std::string&)> set;
};

template <typename Parse>
auto number(std::int64_t PipelineSettings::* member, Parse parse, std::int64_t least, std::int64_t most, const std::string& what) {
  return [=](PipelineSettings& settings, const std::string& text) -> Misfit {
    const std::optional<std::int64_t> value = parse(text);
    if (!value || *value < least || *value > most) {
      return "must be " + what;
    }
    settings.*member = *value;
    return {};
  };
}

Misfit set_error_handling(PipelineSettings& settings, const std::string& text) {
  for (const ErrorHandling handling : {ErrorHandling::kSkip, ErrorHandling::kDeadLetter, ErrorHandling::kFail}) {
    if (text == error_handling_name(handling)) {
      settings.error_handling = handling;
      return {};
    }
  }
  return "must be skip, dead_letter or fail";
}

Misfit set_reject_threshold(PipelineSettings& settings, const std::string& text) {
  if (text.ends_with('%')) {
    double percent = 0;
    const char* const stop = text.data() + text.size() - 1;
    const auto [end, failure] = std::from_chars(text.data(), stop, percent);
    if (failure == std::errc() && end == stop && percent >= 0 && percent <= 100) {
      settings.reject_threshold.percent = percent;
      return {};
    }
  } else if (const std::optional<std::int64_t> count = parse_integer(text); count && *count >= 0) {
    settings.reject_threshold.count = static_cast<std::uint64_t>(*count);
    return {};
  }
  return "must be a number of records, such as 100, or a share of them, such as 2.5%";
}

auto duration(double PipelineSettings::* member) {
  constexpr double kYear = 365.0 * 24 * 3600;
  return [=](PipelineSettings& settings, const std::string& text) -> Misfit {
    const std::optional<double> seconds = parse_duration_seconds(text);
    if (!seconds || *seconds <= 0 || *seconds > kYear) {
      return "must be a time above zero, such as 30s or 5m";
    }
    settings.*member = *seconds;
    return {};
  };
}

auto plain_text(std::string PipelineSettings::* member) {
  return [=](PipelineSettings& settings, const std::string& text) -> Misfit {
    settings.*member = text;
    return {};
  };
}

Misfit set_jitter(PipelineSettings& settings, const std::string& text) {
  double percent = 0;
  const char* const stop = text.data() + text.size() - 1;
  if (text.ends_with('%')) {
    const auto [end, failure] = std::from_chars(text.data(), stop, percent);
    if (failure == std::errc() && end == stop && percent >= 0 && percent <= 50) {
      settings.jitter = percent / 100;
      return {};
    }
  }
  return "must be a share of the interval from 0% to 50%";
}

Misfit set_log_level(PipelineSettings& settings, const std::string& text) {
  for (const LogLevel level : {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    if (text == log_level_name(level)) {
      settings.log_level = level;
      return {};
    }
  }
  return "must be debug, info, warning or error";
}

Misfit set_log_format(PipelineSettings& settings, const std::string& text) {
  if (text != "text" && text != "json") {
    return "must be text or json";
  }
  settings.log_format = text;
  return {};
}

Misfit set_schema_contract(PipelineSettings& settings, const std::string& text) {
  const std::optional<SchemaContract> contract = parse_schema_contract(text);
  if (!contract) {
    return "must be evolve, freeze or discard";
  }
  settings.schema_contract = *contract;
  return {};
}

Misfit set_tombstone_retention(PipelineSettings& settings, const std::string& text) {
  settings.tombstone_retention = text == "forever" ? std::nullopt : parse_duration_seconds(text);
  if (text != "forever" && settings.tombstone_retention.value_or(0) <= 0) {
    return "must be a time above zero, such as 90d, or forever";
  }
  return {};
}

std::vector<SettingSpec> setting_specs() {
  constexpr std::int64_t kMost = std::int64_t{1} << 50;
  return {
      {"chunk_rows", number(&PipelineSettings::chunk_rows, parse_integer, 1, kMost, "a whole number above zero")},
      {"chunk_bytes", number(&PipelineSettings::chunk_bytes, parse_bytes, 1, kMost, "a size above zero, such as 64mb")},
      {"chunk_seconds", duration(&PipelineSettings::chunk_seconds)},
      {"error_handling", set_error_handling},
      {"dead_letter_path", plain_text(&PipelineSettings::dead_letter_path)},
      {"reject_threshold", set_reject_threshold},
      {"schema_contract", set_schema_contract},
      {"tombstone_retention", set_tombstone_retention},
      {"memory_limit", number(&PipelineSettings::memory_limit, parse_bytes, kMinimumMemory, kMost, "a size of at least 64mb, such as 512mb")},
      {"threads", number(&PipelineSettings::threads, parse_integer, 0, 1024, "a whole number from 0 (one a core) to 1024")},
      {"interval", duration(&PipelineSettings::interval_seconds)},
      {"jitter", set_jitter},
      {"longest_back_off", duration(&PipelineSettings::longest_back_off_seconds)},
      {"log_file", plain_text(&PipelineSettings::log_file)},
      {"log_format", set_log_format},
      {"log_level", set_log_level},
      {"metrics", plain_text(&PipelineSettings::metrics)},
      {"metrics_file", plain_text(&PipelineSettings::metrics_file)},
  };
}

}  // namespace

std::string_view error_handling_name(ErrorHandling handling) {
  switch (handling) {
    case ErrorHandling::kSkip: return "skip";
    case ErrorHandling::kDeadLetter: return "dead_letter";
    case ErrorHandling::kFail: return "fail";
  }
  return "skip";
}

std::string_view schema_contract_name(SchemaContract contract) {
  switch (contract) {
    case SchemaContract::kEvolve: return "evolve";
    case SchemaContract::kFreeze: return "freeze";
    case SchemaContract::kDiscard: return "discard";
  }
  return "evolve";
}

std::optional<SchemaContract> parse_schema_contract(std::string_view text) {
  for (const SchemaContract contract : {SchemaContract::kEvolve, SchemaContract::kFreeze, SchemaContract::kDiscard}) {
    if (text == schema_contract_name(contract)) {
      return contract;
    }
  }
  return std::nullopt;
}

Result<PipelineSettings> parse_settings(const YAML::Node& node, std::string_view file_name) {
  const std::vector<SettingSpec> specs = setting_specs();
  std::vector<std::string> keys;
  for (const SettingSpec& spec : specs) {
    keys.push_back(spec.key);
  }
  LAKEFLOW_ASSIGN(const YamlSection section, YamlSection::open(node, "settings", file_name, keys));
  PipelineSettings settings;
  for (const SettingSpec& spec : specs) {
    LAKEFLOW_ASSIGN(const std::optional<std::string> text, section.text(spec.key));
    if (!text) {
      continue;
    }
    if (const Misfit misfit = spec.set(settings, *text)) {
      return section.place_of(spec.key).user_error(fmt::format("{} {}", spec.key, *misfit));
    }
  }
  return settings;
}

Status set_setting(PipelineSettings& settings, std::string_view key, const std::string& text) {
  for (const SettingSpec& spec : setting_specs()) {
    if (spec.key != key) {
      continue;
    }
    if (const Misfit misfit = spec.set(settings, text)) {
      return std::unexpected(Error::user(fmt::format("{} {}", key, *misfit)));
    }
    return {};
  }
  return std::unexpected(Error::internal(fmt::format("there is no setting {}", key)));
}

}  // namespace lakeflow
