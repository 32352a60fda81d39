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
void AppendInOneLine(std::string_view gist, std::string* out) {
  const size_t start = out->size();
  while (!gist.empty()) {
    const std::string_view line = gist.substr(0, gist.find('\n'));
    gist.remove_prefix(std::min(gist.size(), line.size() + 1));
    if (out->size() > start) *out += ' ';
    AppendEscaped(line.substr(std::min(line.find_first_not_of(' '), line.size())), out);
  }
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

void AppendReadable(const Value& value, std::string* out) {
  if (const std::string* gist = value.gist()) return AppendInOneLine(*gist, out);
  if (const std::string* text = value.text()) return AppendEscaped(*text, out);
  if (const bool* boolean = value.boolean()) {
    *out += *boolean ? "yes" : "no";
  } else if (const Value::List* list = value.list()) {
    if (list->empty()) *out += "none";
    for (const Value& item : *list) {
      if (&item != &list->front()) *out += ", ";
      AppendReadable(item, out);
    }
  } else if (value.empty() || value.object() || value.table()) {
    *out += '-';
  } else {
    *out += ReadableNumber(value);
  }
}

std::string Readable(const Value& value) {
  std::string out;
  AppendReadable(value, &out);
  return out;
}

}  // namespace smcli
