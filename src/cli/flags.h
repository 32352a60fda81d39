// Flags: what a command declares of its command line. Only data: the parser, --help, the man page, the completions and
// docs/reference/flags.md are all read off it. The parser accepts `-` and `_` alike inside every name.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace smcli {

struct Flag {
  // Where the value goes. A switch takes none; the vector collects every occurrence; optional: unset when absent.
  using Target =
      std::variant<bool*, std::string*, std::optional<std::string>*, std::vector<std::string>*, int64_t*, double*>;

  std::string name;  // long name, or of a positional argument the word that usage shows
  std::vector<std::string> aliases;
  char letter = 0;      // short name
  std::string operand;  // "FILE"; empty for switches
  std::string help;
  std::string group;  // heading in --help; empty: the command's own flags without one
  Target target;
  std::vector<std::string> choices;  // when only these are allowed
  std::vector<std::string> offers;   // what completions propose where there are no choices
  int64_t least = std::numeric_limits<int64_t>::min();
  bool positional = false;

  bool is_switch() const { return std::holds_alternative<bool*>(target); }
  const std::vector<std::string>& completions() const { return choices.empty() ? offers : choices; }
  bool repeats() const { return std::holds_alternative<std::vector<std::string>*>(target); }
};

class Flags {
 public:
  // `names` is "long", or "long,l" with a letter, or "long,other-long" with further names of the same flag.
  // The answer may be refined, until the next one is added: flags.Add(...).choices = {...}.
  Flag& Add(std::string_view names, std::string_view operand, Flag::Target target, std::string_view help);
  Flag& Switch(std::string_view names, bool* target, std::string_view help) { return Add(names, "", target, help); }
  Flag& Positional(std::string_view operand, std::vector<std::string>* target, std::string_view help);
  // Flags added from here on stand under this heading.
  void Group(std::string_view heading) { group_ = heading; }

  const std::vector<Flag>& all() const { return flags_; }

 private:
  std::vector<Flag> flags_;
  std::string group_;
};

}  // namespace smcli
