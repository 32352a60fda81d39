// Printers: a report as text for people, JSON, Markdown or CSV. A new format is a file and a row of printers.cc; every
// command speaks it on the same day.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "report/report.h"

namespace smcli {

class JsonWriter;

struct PrintStyle {
  bool color = false;
  int width = 0;  // columns of the terminal; 0: nothing is shortened or wrapped
};

struct Printer {
  std::string_view name;  // value of --format
  void (*print)(const Report& report, const PrintStyle& style, std::string* out);
};

std::span<const Printer> AllPrinters();
const Printer* FindPrinter(std::string_view name);

// The members of a report's JSON form, into an object that was begun.
void WriteMembers(const Value::Object& fields, JsonWriter& json);

// A plain value as people read it: escaped, with units. Lists are joined by commas.
std::string Readable(const Value& value);
void AppendReadable(const Value& value, std::string* out);
// A real number in six significant digits; NaN and infinities by name.
std::string ReadableReal(double value);

}  // namespace smcli
