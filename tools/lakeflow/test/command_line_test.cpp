#include "tools/lakeflow/command_line.h"

#include <gtest/gtest.h>

#include "tools/lakeflow/commands/all_commands.h"

namespace lakeflow {
namespace {

using Words = std::vector<const char*>;

Result<std::variant<ParsedCommand, HelpText>> parse(const Words& words) {
  static const std::vector<Command> commands = all_commands();
  return parse_command_line(commands, words);
}

ParsedCommand parsed(const Words& words) {
  auto outcome = parse(words);
  EXPECT_TRUE(outcome.has_value()) << outcome.error().message();
  return outcome ? std::get<ParsedCommand>(*outcome) : ParsedCommand();
}

// "message | next step".
std::string refusal(const Words& words) {
  const auto outcome = parse(words);
  return outcome ? "accepted" : outcome.error().message() + " | " + outcome.error().next_step();
}

TEST(CommandLine, GivesEachParameterItsValuesAndDefaults) {
  const ParsedCommand ingest = parsed({"ingest", "--table", "Patient", "clinic.yaml", "--table=Encounter", "--dry-run"});
  EXPECT_EQ(ingest.command->name, "ingest");
  EXPECT_EQ(ingest.arguments.text("pipeline"), "clinic.yaml");
  EXPECT_EQ(ingest.arguments.list("table"), (std::vector<std::string>{"Patient", "Encounter"}));
  EXPECT_TRUE(ingest.arguments.flag("dry-run"));
  EXPECT_FALSE(ingest.arguments.flag("full-refresh"));
  EXPECT_EQ(parsed({"preview", "clinic.yaml", "Patient"}).arguments.count("rows"), 5);
  EXPECT_EQ(parsed({"preview", "clinic.yaml", "Patient", "--rows", "12"}).arguments.count("rows"), 12);
}

TEST(CommandLine, ATableMayBearACommandsName) { EXPECT_EQ(parsed({"preview", "clinic.yaml", "query"}).arguments.text("table"), "query"); }

TEST(CommandLine, FindsCommandsOfTwoWords) { EXPECT_EQ(parsed({"quarantine", "list", "clinic.yaml"}).command->name, "quarantine list"); }

TEST(CommandLine, SaysWhatItDidNotUnderstandAndWhatWasMeant) {
  EXPECT_EQ(refusal({"ingst", "clinic.yaml"}), "unknown command ingst | did you mean ingest?");
  EXPECT_EQ(refusal({"quarantine", "lst", "clinic.yaml"}), "unknown command lst | did you mean list?");
  EXPECT_EQ(refusal({"ingest", "clinic.yaml", "--tabel", "Patient"}), "unknown option --tabel | did you mean --table?");
  EXPECT_EQ(refusal({"ingest", "clinic.yaml", "--zzz=secret"}), "unknown option --zzz | lakeflow ingest --help lists what there is");
  EXPECT_EQ(refusal({"ingest"}), "lakeflow ingest: pipeline is missing | lakeflow ingest --help shows an example");
  EXPECT_EQ(refusal({"quarantine"}), "lakeflow quarantine: a command is missing | one of list, show, export, replay, drop; --help explains them");
  EXPECT_EQ(refusal({"preview", "clinic.yaml", "Patient", "--rows", "many"}), "option --rows is not a whole number | How many rows at most");
  EXPECT_EQ(refusal({"completion", "tcsh"}), "shell is not tcsh | one of bash, zsh, fish");
  EXPECT_EQ(refusal({"check", "clinic.yaml", "more"}), "unexpected argument more | lakeflow check --help lists what there is");
}

TEST(CommandLine, EveryCommandHasHelpWithAnExample) {
  for (const Command& command : all_commands()) {
    const std::string help = command_help(command);
    EXPECT_TRUE(help.starts_with(command.summary)) << command.name;
    EXPECT_NE(help.find("\nExample:\n  "), std::string::npos) << command.name;
    EXPECT_NE(help.find("lakeflow " + command.name), std::string::npos) << command.name;
    EXPECT_FALSE(command.summary.ends_with('.')) << command.name;
  }
}

TEST(CommandLine, HelpIsOfTheCommandThatWasNamed) {
  EXPECT_EQ(std::get<HelpText>(*parse({"ingest", "--help"})).text, command_help(ingest_command()));
  EXPECT_EQ(std::get<HelpText>(*parse({})).text, program_help(all_commands()));
  const std::string group = std::get<HelpText>(*parse({"quarantine", "--help"})).text;
  EXPECT_NE(group.find("quarantine export"), std::string::npos);
  EXPECT_EQ(group.find("simulate"), std::string::npos);
}

}  // namespace
}  // namespace lakeflow
