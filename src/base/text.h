// Names and numbers for people: globs, near misses, lists, sizes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smcli {

// The whole of `text` against a pattern of '*' (any run, '/' included), '?' (one byte), [a-z] and [!a-z] (a set), and
// '\' before a character meant literally. A '[' without its ']' is itself.
bool GlobMatches(std::string_view pattern, std::string_view text);

// Insertions, deletions, replacements and swaps of neighbours between a and b (bytes; case counts), or `limit` + 1
// where more than `limit` are needed.
int EditDistance(std::string_view a, std::string_view b, int limit);

// The candidate most like `name`, for "did you mean"; empty where none is near (a third of its length, letter case and
// '-' or '_' not counted). The first of equals.
std::string_view NearestName(std::string_view name, std::span<const std::string_view> candidates);

// What to add to the message about an unknown name: `; did you mean "serve"? (known: a, b, c)`. Names are escaped, at
// most `limit` of them listed, the rest counted.
std::string Suggestion(std::string_view name, std::span<const std::string_view> candidates, size_t limit = 20);

// "a, b, c", at most `limit` of them: "a, b, ... (7 more)". Escaped.
std::string ListOf(std::span<const std::string_view> names, size_t limit = 20);

// 0 B, 1023 B, 1.0 KiB, 12.3 MiB, 1.0 GiB.
std::string HumanSize(uint64_t bytes);
// 1234567 -> "1,234,567".
std::string WithThousands(int64_t number);
// 1 -> "1 node", 1234 -> "1,234 nodes".
std::string Counted(int64_t count, std::string_view noun);

// Without the spaces at both ends.
std::string_view Trimmed(std::string_view text);

}  // namespace smcli
