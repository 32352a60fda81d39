#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "base/utf8.h"

namespace smcli {
namespace {

// One element of a glob: what it matches besides '*', and its length in the pattern.
struct GlobStep {
  bool matches = false;
  size_t length = 1;
};

// A set's body is what stands between '[' and ']', a leading '!' or '^' taken off.
bool SetContains(std::string_view body, char c) {
  const auto code = static_cast<uint8_t>(c);
  for (size_t i = 0; i < body.size(); ++i) {
    if (i + 2 < body.size() && body[i + 1] == '-') {
      if (code >= static_cast<uint8_t>(body[i]) && code <= static_cast<uint8_t>(body[i + 2])) return true;
      i += 2;
    } else if (body[i] == c) {
      return true;
    }
  }
  return false;
}

// `pattern` is not empty and does not begin with '*'.
GlobStep MatchOne(std::string_view pattern, char c) {
  if (pattern[0] == '?') return {true, 1};
  if (pattern[0] == '\\' && pattern.size() > 1) return {pattern[1] == c, 2};
  if (pattern[0] == '[') {
    const bool negated = pattern.size() > 1 && (pattern[1] == '!' || pattern[1] == '^');
    const size_t begin = negated ? 2 : 1;
    // A ']' that comes first is a member.
    const size_t end = pattern.find(']', begin + 1);
    if (end != std::string_view::npos) {
      return {SetContains(pattern.substr(begin, end - begin), c) != negated, end + 1};
    }
  }
  return {pattern[0] == c, 1};
}

std::string Folded(std::string_view name) {
  std::string folded(name);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-') c = '_';
  }
  return folded;
}

}  // namespace

// Only the last '*' needs to be taken up again, so the time is at most the product of the lengths.
bool GlobMatches(std::string_view pattern, std::string_view text) {
  constexpr size_t kNone = std::string_view::npos;
  size_t p = 0, t = 0, star = kNone, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      resume = t;
      continue;
    }
    if (p < pattern.size()) {
      if (const GlobStep step = MatchOne(pattern.substr(p), text[t]); step.matches) {
        p += step.length;
        ++t;
        continue;
      }
    }
    if (star == kNone) return false;
    p = star;
    t = ++resume;
  }
  return pattern.find_first_not_of('*', p) == kNone;
}

// Three rows of the table of optimal string alignment.
int EditDistance(std::string_view a, std::string_view b, int limit) {
  const size_t difference = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (difference > static_cast<size_t>(limit)) return limit + 1;
  std::vector<int> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  std::iota(above.begin(), above.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<int>(i);
    int least = row[0];
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
      least = std::min(least, row[j]);
    }
    if (least > limit) return limit + 1;
    std::swap(before, above);
    std::swap(above, row);
  }
  return std::min(above[b.size()], limit + 1);
}

std::string_view NearestName(std::string_view name, std::span<const std::string_view> candidates) {
  if (name.empty()) return {};  // near to whatever is short
  const std::string folded = Folded(name);
  int best = std::max(1, static_cast<int>(std::min<size_t>(name.size(), 90)) / 3) + 1;
  std::string_view nearest;
  for (const std::string_view candidate : candidates) {
    const int distance = EditDistance(folded, Folded(candidate), best - 1);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string Suggestion(std::string_view name, std::span<const std::string_view> candidates, size_t limit) {
  if (candidates.empty()) return {};
  const std::string_view nearest = NearestName(name, candidates);
  const std::string question = nearest.empty() ? std::string() : fmt::format("; did you mean {}?", Quoted(nearest));
  return fmt::format("{} (known: {})", question, ListOf(candidates, limit));
}

std::string ListOf(std::span<const std::string_view> names, size_t limit) {
  std::string list;
  for (const std::string_view name : names.first(std::min(limit, names.size()))) {
    if (!list.empty()) list += ", ";
    list += name.empty() ? "\"\"" : Escaped(name);
  }
  if (names.size() > limit) list += fmt::format(", ... ({} more)", names.size() - limit);
  return list;
}

std::string HumanSize(uint64_t bytes) {
  if (bytes < 1024) return fmt::format_int(bytes).str() + " B";
  constexpr std::array<std::string_view, 6> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double size = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  // 1023.95 and above would print as 1024.0.
  for (; size >= 1023.95 && unit + 1 < kUnits.size(); ++unit) size /= 1024;
  return fmt::format("{:.1f} {}", size, kUnits[unit]);
}

std::string WithThousands(int64_t number) {
  std::string digits = fmt::format("{}", number);
  const size_t first = number < 0 ? 1 : 0;
  for (size_t i = digits.size(); i > first + 3;) digits.insert(i -= 3, 1, ',');
  return digits;
}

std::string Counted(int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", WithThousands(count), noun, count == 1 ? "" : "s");
}

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace smcli
