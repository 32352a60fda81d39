// docs/reference/json.md, written from the keys that the commands declare.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/command.h"
#include "cli/reference.h"

namespace smcli {
namespace {

constexpr std::string_view kRules =
    "# JSON\n\n"
    "Written by `smcli help --reference json`; do not edit. A test holds real output against these tables.\n\n"
    "With `--format json` a command prints one object. Its first key is `schema`; a key is never renamed or removed\n"
    "without a new number there, and new keys may come at any time. The content is sorted and the same on every run,\n"
    "without times of day and without paths that were not typed. Integers are exact, up to 64 bits. NaN and "
    "infinities\n"
    "are the strings `\"NaN\"`, `\"Infinity\"`, `\"-Infinity\"`. Text that is not UTF-8 is `{\"b64\": \"...\"}`.\n\n"
    "Types: `[]` is a list, `?` may be null, `|` is one or the other. Names with a capital are objects whose keys "
    "stand\n"
    "below, `report` is the outermost object again, `object` has keys of the model's own, `any` is any value. Keys "
    "whose\n"
    "meaning begins with a flag are there when the flag is.\n";

// What a table holds: "Spec" of "Spec.dtype", "diff-rules" of "diff-rules:rules"; empty for keys of the outermost
// object.
std::string_view TableOf(std::string_view path) {
  const size_t end = path.find_first_of(".:");
  return end == path.npos ? std::string_view() : path.substr(0, end);
}

bool IsSchema(const JsonKey& key) { return key.path.find(':') != key.path.npos; }

std::string Cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

void AddTable(std::span<const JsonKey> keys, std::string_view table, std::string* out) {
  *out += "\n| key | type | meaning |\n|---|---|---|\n";
  for (const JsonKey& key : keys) {
    if (TableOf(key.path) != table) continue;
    const std::string_view name = table.empty() ? key.path : key.path.substr(table.size() + 1);
    *out += fmt::format("| `{}` | {} | {} |\n", name, Cell(key.type), Cell(key.meaning));
  }
}

// The tables beside that of the outermost object, in the order in which they are first met.
std::vector<const JsonKey*> FirstKeys(std::span<const JsonKey> keys) {
  std::vector<const JsonKey*> first;
  for (const JsonKey& key : keys) {
    const auto same = [&](const JsonKey* other) { return TableOf(other->path) == TableOf(key.path); };
    if (!TableOf(key.path).empty() && std::ranges::none_of(first, same)) first.push_back(&key);
  }
  return first;
}

}  // namespace

std::string JsonReference() {
  std::string out(kRules);
  for (const Command* command : AllCommands()) {
    if (command->json.empty()) continue;
    out += fmt::format("\n## smcli.{}/1\n", command->name);
    AddTable(command->json, "", &out);
    for (const JsonKey* key : FirstKeys(command->json)) {
      const std::string_view table = TableOf(key->path);
      out += IsSchema(*key) ? fmt::format("\n## smcli.{}/1, of {}\n", table, command->name)
                            : fmt::format("\n### {}.{}\n", command->name, table);
      AddTable(command->json, table, &out);
    }
  }
  return out;
}

}  // namespace smcli
