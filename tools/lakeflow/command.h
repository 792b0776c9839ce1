#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "sources/interface/registry.h"

namespace lakeflow {

class Console;

// One thing that a command takes.
struct Parameter {
  enum class Form { kPositional, kOption, kRepeatedOption, kFlag };
  enum class Value { kText, kCount, kFile, kFolder, kChoice };

  std::string name;       // "pipeline", "full-refresh"; without dashes
  std::string help = {};  // one line
  Form form = Form::kOption;
  Value value = Value::kText;
  bool required = false;                  // positionals only
  std::string default_value = {};         // as help shows it and Arguments gives it
  std::vector<std::string> choices = {};  // of kChoice
};

// The values that a command was given: checked against its parameters, defaults filled in.
class Arguments {
 public:
  void set(std::string name, std::vector<std::string> values) { values_.insert_or_assign(std::move(name), std::move(values)); }

  bool flag(std::string_view name) const { return values_.find(name) != values_.end(); }
  std::optional<std::string> find(std::string_view name) const;
  std::string text(std::string_view name) const { return find(name).value_or(std::string()); }
  std::vector<std::string> list(std::string_view name) const;
  // Of a parameter with Value::kCount; 0 where it was not given and has no default.
  std::int64_t count(std::string_view name) const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

// What every command works with.
struct Session {
  Console& console;
  const ConnectorRegistry& connectors;
};

// A command of `lakeflow`: declared once, and parsing, --help and the shells' completion come from it.
struct Command {
  std::string name;              // "check"; a sub-verb follows after a space: "quarantine list"
  std::string summary;           // one line without a full stop
  std::string description = {};  // what else one must know
  std::vector<std::string> examples = {};
  std::vector<Parameter> parameters = {};  // positionals first, in their order; --json, --verbose and --help come by themselves
  // The exit code, or the error that the command ended with. Results go to the console's stdout.
  std::function<Result<int>(const Arguments&, Session&)> run;
};

// The positional that most commands begin with.
Parameter pipeline_parameter();

// The exit code of a run in which some tables failed and others did not (the others: base/error.h).
inline constexpr int kExitDone = 0;
inline constexpr int kExitPartial = 6;
// The verdict of `health`.
inline constexpr int kExitUnhealthy = 7;
// That of `test`, `review` and `docs --check`: the connector does not keep to its contract, or its documents don't say what it is.
inline constexpr int kExitTestFailed = 8;

}  // namespace lakeflow
