#include "report/printers.h"

namespace smcli {

void PrintText(const Report& report, const PrintStyle& style, std::string* out);
void PrintJson(const Report& report, const PrintStyle& style, std::string* out);
void PrintMarkdown(const Report& report, const PrintStyle& style, std::string* out);
void PrintCsv(const Report& report, const PrintStyle& style, std::string* out);

std::span<const Printer> AllPrinters() {
  static constexpr Printer kPrinters[] = {
      {"text", PrintText}, {"json", PrintJson}, {"markdown", PrintMarkdown}, {"csv", PrintCsv}};
  return kPrinters;
}

const Printer* FindPrinter(std::string_view name) {
  for (const Printer& printer : AllPrinters()) {
    if (printer.name == name) return &printer;
  }
  return nullptr;
}

}  // namespace smcli
