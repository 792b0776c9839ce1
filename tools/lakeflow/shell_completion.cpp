#include "tools/lakeflow/shell_completion.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tools/lakeflow/command_line.h"

namespace lakeflow {
namespace {

// What may follow the program's name: a command of one word, or the first of two ("quarantine") with those that may follow.
struct Verb {
  std::string word;
  std::string summary;                                          // of a group: its second words
  std::vector<std::pair<std::string, const Command*>> members;  // by second word, which is empty for a command of one
  bool is_group() const { return !members.front().first.empty(); }
};

std::vector<Verb> verbs_of(std::span<const Command> commands) {
  std::vector<Verb> verbs;
  for (const Command& command : commands) {
    const std::size_t space = command.name.find(' ');
    const std::string word = command.name.substr(0, space);
    const std::string second = space == std::string::npos ? std::string() : command.name.substr(space + 1);
    if (verbs.empty() || verbs.back().word != word) {
      verbs.push_back({.word = word, .summary = second.empty() ? command.summary : second, .members = {}});
    } else {
      verbs.back().summary += ", " + second;
    }
    verbs.back().members.emplace_back(second, &command);
  }
  return verbs;
}

std::vector<std::string> words_of(const std::vector<Verb>& verbs) {
  std::vector<std::string> words;
  for (const Verb& verb : verbs) {
    words.push_back(verb.word);
  }
  return words;
}

std::vector<std::string> member_words(const Verb& verb) {
  std::vector<std::string> words;
  for (const auto& [word, command] : verb.members) {
    words.push_back(word);
  }
  return words;
}

std::vector<Parameter> options_of(const Command& command) {
  std::vector<Parameter> options;
  std::ranges::copy_if(command.parameters, std::back_inserter(options), [](const Parameter& p) { return p.form != Parameter::Form::kPositional; });
  std::ranges::copy(options_of_every_command(), std::back_inserter(options));
  options.push_back({.name = "help", .help = "Show help", .form = Parameter::Form::kFlag});
  return options;
}

// What the command's first positional may be, where that is one of some words.
std::vector<std::string> choices_of(const Command& command) {
  const auto positional = std::ranges::find(command.parameters, Parameter::Form::kPositional, &Parameter::form);
  return positional == command.parameters.end() ? std::vector<std::string>() : positional->choices;
}

// A word of a POSIX shell, or of fish.
std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return out + "'";
}

std::string bash_completion(const std::vector<Verb>& verbs) {
  std::string groups;
  std::string commands;
  for (const Verb& verb : verbs) {
    if (verb.is_group()) {
      groups += fmt::format("    {}) group='{}' ;;\n", verb.word, fmt::join(member_words(verb), " "));
    }
    for (const auto& [second, command] : verb.members) {
      std::vector<std::string> words = choices_of(*command);
      for (const Parameter& option : options_of(*command)) {
        words.push_back("--" + option.name);
      }
      commands += fmt::format("    '{}') words='{}'{} ;;\n", command->name, fmt::join(words, " "), choices_of(*command).empty() ? " files=1" : "");
    }
  }
  return fmt::format(R"(# bash completion of lakeflow. Load it by: source <(lakeflow completion bash)
_lakeflow() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" command="${{COMP_WORDS[1]}}" group='' words='' files=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '{} --help' -- "$current"))
    return
  fi
  case "$command" in
{}  esac
  if [ -n "$group" ]; then
    if [ "$COMP_CWORD" -eq 2 ]; then
      COMPREPLY=($(compgen -W "$group --help" -- "$current"))
      return
    fi
    command="$command ${{COMP_WORDS[2]}}"
  fi
  case "$command" in
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ -n "$files" ] && [ "${{current#-}}" = "$current" ]; then
    COMPREPLY+=($(compgen -f -- "$current"))
  fi
}}
complete -o filenames -F _lakeflow lakeflow
)",
                     fmt::join(words_of(verbs), " "), groups, commands);
}

// zsh's _describe takes 'word:description'.
std::string described(std::string_view word, std::string_view description) { return in_quotes(fmt::format("{}:{}", word, description)); }

std::string zsh_completion(const std::vector<Verb>& verbs) {
  std::string words;
  std::string groups;
  std::string commands;
  for (const Verb& verb : verbs) {
    words += fmt::format("    {}\n", described(verb.word, verb.summary));
    if (verb.is_group()) {
      groups += fmt::format("    {}) group=({}) ;;\n", verb.word, fmt::join(member_words(verb), " "));
    }
    for (const auto& [second, command] : verb.members) {
      commands += fmt::format("    '{}') choices=({}) flags=(\n", command->name, fmt::join(choices_of(*command), " "));
      for (const Parameter& option : options_of(*command)) {
        commands += fmt::format("      {}\n", described("--" + option.name, option.help));
      }
      commands += "    ) ;;\n";
    }
  }
  return fmt::format(R"(#compdef lakeflow
# zsh completion of lakeflow. Load it by: source <(lakeflow completion zsh), or keep it as _lakeflow in a folder of $fpath.
_lakeflow() {{
  local command="$words[2]"
  local -a verbs group
  verbs=(
{}  )
  if (( CURRENT == 2 )); then
    _describe 'command' verbs
    return
  fi
  case "$command" in
{}  esac
  if (( ${{#group}} )); then
    if (( CURRENT == 3 )); then
      _describe 'command' group
      return
    fi
    command="$command $words[3]"
  fi
  local -a flags choices
  case "$command" in
{}  esac
  (( ${{#flags}} )) && _describe 'option' flags
  (( ${{#choices}} )) && compadd -a choices
  [[ "$PREFIX" == -* ]] || (( ${{#choices}} )) || _files
}}
if [[ "$funcstack[1]" == _lakeflow ]]; then _lakeflow "$@"; else compdef _lakeflow lakeflow; fi
)",
                     words, groups, commands);
}

std::string fish_completion(const std::vector<Verb>& verbs) {
  std::string out = "# fish completion of lakeflow. Load it by: lakeflow completion fish | source\n";
  for (const Verb& verb : verbs) {
    out += fmt::format("complete -c lakeflow -n __fish_use_subcommand -f -a {} -d {}\n", verb.word, in_quotes(verb.summary));
    for (const auto& [second, command] : verb.members) {
      std::string when = fmt::format("__fish_seen_subcommand_from {}", verb.word);
      if (verb.is_group()) {
        const std::string none_yet = fmt::format("{}; and not __fish_seen_subcommand_from {}", when, fmt::join(member_words(verb), " "));
        out += fmt::format("complete -c lakeflow -n {} -f -a {} -d {}\n", in_quotes(none_yet), second, in_quotes(command->summary));
        when += fmt::format("; and __fish_seen_subcommand_from {}", second);
      }
      for (const std::string& choice : choices_of(*command)) {
        out += fmt::format("complete -c lakeflow -n {} -f -a {}\n", in_quotes(when), choice);
      }
      for (const Parameter& option : options_of(*command)) {
        const bool takes_value = option.form != Parameter::Form::kFlag;
        out +=
            fmt::format("complete -c lakeflow -n {} -l {}{} -d {}\n", in_quotes(when), option.name, takes_value ? " -r" : "", in_quotes(option.help));
      }
    }
  }
  return out;
}

}  // namespace

std::string shell_completion(std::string_view shell, std::span<const Command> commands) {
  const std::vector<Verb> verbs = verbs_of(commands);
  if (shell == "zsh") return zsh_completion(verbs);
  if (shell == "fish") return fish_completion(verbs);
  return bash_completion(verbs);
}

}  // namespace lakeflow
