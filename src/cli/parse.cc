// The only file that knows CLI11: it takes the words apart, the flags say what they mean.
#include "cli/parse.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "base/utf8.h"

namespace smcli {
namespace {

void AddSpelling(std::string_view name, std::string* spellings) {
  if (!spellings->empty()) *spellings += ',';
  *spellings += "--";
  *spellings += name;
  if (name.find('-') == std::string_view::npos) return;
  std::string underscored(name);
  std::ranges::replace(underscored, '-', '_');
  *spellings += ",--" + underscored;
}

Error UnknownFlag(std::string_view command, std::string_view word, const Flags& flags) {
  const std::string_view name = word.substr(0, word.find('='));
  std::vector<std::string> spellings;
  for (const Flag& flag : flags.all()) {
    if (!flag.positional) spellings.push_back("--" + flag.name);
  }
  const std::vector<std::string_view> known(spellings.begin(), spellings.end());
  return UsageError("{}: unknown flag {}{}", command, Quoted(name), Suggestion(name, known, known.size()));
}

// What CLI11 could not place: positional arguments, and flags that nobody declared.
Status PlaceRest(std::string_view command, const std::vector<std::string>& rest, const Flags& flags) {
  const auto positional = std::ranges::find_if(flags.all(), &Flag::positional);
  bool only_arguments = false;
  for (const std::string& word : rest) {
    if (!only_arguments && word == "--") {
      only_arguments = true;
    } else if (!only_arguments && word.size() > 1 && word[0] == '-') {
      return UnknownFlag(command, word, flags);
    } else if (positional == flags.all().end()) {
      return UsageError("unexpected argument {}; 'smcli {} --help' shows the usage", Quoted(word), command);
    } else {
      std::get<std::vector<std::string>*>(positional->target)->push_back(word);
    }
  }
  return {};
}

template <typename T>
Status ParseNumber(const Flag& flag, const std::string& text, T* target) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(static_cast<double>(value))) {
    return UsageError("--{}: {} is not a {}number", flag.name, Quoted(text), std::is_integral_v<T> ? "whole " : "");
  }
  if (value < static_cast<T>(flag.least)) {
    return UsageError("--{}: {} is less than {}", flag.name, text, flag.least);
  }
  *target = value;
  return {};
}

Status Store(const Flag& flag, const std::vector<std::string>& words) {
  const std::string& last = words.back();
  if (!flag.choices.empty() && std::ranges::find(flag.choices, last) == flag.choices.end()) {
    const std::vector<std::string_view> known(flag.choices.begin(), flag.choices.end());
    return UsageError("--{}: unknown value {}{}", flag.name, Quoted(last), Suggestion(last, known));
  }
  if (auto* target = std::get_if<bool*>(&flag.target)) {
    if (last != "true" && last != "false") {
      return UsageError("--{} takes no value; it was given {}", flag.name, Quoted(last));
    }
    **target = last == "true";
  } else if (auto* text = std::get_if<std::string*>(&flag.target)) {
    **text = last;
  } else if (auto* optional = std::get_if<std::optional<std::string>*>(&flag.target)) {
    **optional = last;
  } else if (auto* list = std::get_if<std::vector<std::string>*>(&flag.target)) {
    **list = words;
  } else if (auto* whole = std::get_if<int64_t*>(&flag.target)) {
    return ParseNumber(flag, last, *whole);
  } else if (auto* real = std::get_if<double*>(&flag.target)) {
    return ParseNumber(flag, last, *real);
  }
  return {};
}

// CLI11 reads `--name=` as `--name` and would take the next word for its value; it means the empty value.
std::vector<std::string> SplitEmptyValues(std::vector<std::string> args, const CLI::App& app) {
  std::vector<std::string> out;
  for (std::string& word : args) {
    if (word.size() > 3 && word.starts_with("--") && word.ends_with('=')) {
      const std::string name = word.substr(0, word.size() - 1);
      const CLI::Option* option = app.get_option_no_throw(name);
      if (option && option->get_items_expected_min() > 0) {
        out.push_back(name);
        word.clear();
      }
    }
    out.push_back(std::move(word));
  }
  return out;
}

}  // namespace

std::string SpellingsOf(const Flag& flag) {
  std::string spellings;
  AddSpelling(flag.name, &spellings);
  for (const std::string& alias : flag.aliases) AddSpelling(alias, &spellings);
  if (flag.letter != 0) spellings += std::string(",-") + flag.letter;
  return spellings;
}

Status ParseFlags(std::string_view command, std::vector<std::string> args, const Flags& flags) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::vector<std::pair<const Flag*, CLI::Option*>> options;
  for (const Flag& flag : flags.all()) {
    if (flag.positional) continue;
    const std::string spellings = SpellingsOf(flag);
    CLI::Option* option = flag.is_switch() ? app.add_flag(spellings) : app.add_option(spellings);
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    options.emplace_back(&flag, option);
  }
  try {
    args = SplitEmptyValues(std::move(args), app);
    std::ranges::reverse(args);
    app.parse(args);
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string_view message = error.what();
    return UsageError("{} needs a value; 'smcli {} --help' says which", message.substr(0, message.find(':')), command);
  } catch (const CLI::Error& error) {
    return UsageError("{}", error.what());
  }
  SMCLI_RETURN_IF_ERROR(PlaceRest(command, app.remaining(), flags));
  for (const auto& [flag, option] : options) {
    if (option->count() > 0) SMCLI_RETURN_IF_ERROR(Store(*flag, option->results()));
  }
  return {};
}

}  // namespace smcli
