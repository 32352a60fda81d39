// Values as people read them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "base/utf8.h"
#include "report/printers.h"

namespace smcli {
namespace {

// The lines of a gist, joined by blanks.
std::string InOneLine(std::string_view gist) {
  std::string out;
  while (!gist.empty()) {
    const std::string_view line = gist.substr(0, gist.find('\n'));
    gist.remove_prefix(std::min(gist.size(), line.size() + 1));
    const size_t first = std::min(line.find_first_not_of(' '), line.size());
    out += (out.empty() ? "" : " ") + Escaped(line.substr(first));
  }
  return out;
}

std::string ReadableNumber(const Value& value) {
  switch (value.unit()) {
    case Unit::kBytes: return HumanSize(*value.natural());
    case Unit::kPercent: return fmt::format("{:.1f}%", *value.real());
    case Unit::kCount: return WithThousands(*value.integer());
    case Unit::kNone: break;
  }
  if (const double* real = value.real()) return ReadableReal(*real);
  if (const uint64_t* natural = value.natural()) return fmt::format("{}", *natural);
  return fmt::format("{}", *value.integer());
}

}  // namespace

std::string ReadableReal(double value) {
  if (std::isnan(value)) return "nan";
  return fmt::format("{:.6g}", value);
}

std::string Readable(const Value& value) {
  if (const std::string* gist = value.gist()) return InOneLine(*gist);
  if (const std::string* text = value.text()) return Escaped(*text);
  if (const bool* boolean = value.boolean()) return *boolean ? "yes" : "no";
  if (const Value::List* list = value.list()) {
    std::string out;
    for (const Value& item : *list) out += (out.empty() ? "" : ", ") + Readable(item);
    return out.empty() ? "none" : out;
  }
  if (value.empty() || value.object() || value.table()) return "-";
  return ReadableNumber(value);
}

}  // namespace smcli
