// A table as aligned text.
#pragma once

#include <string>
#include <vector>

#include "report/printers.h"

namespace smcli {

// Every line indented by `indent` columns. Numbers are right-aligned; columns without a label are left out. Where the
// width is limited, the widest text columns are shortened until a line fits.
void PrintTextTable(const Table& table, int indent, const PrintStyle& style, std::string* out);

// Which columns hold numbers only: at least one, and nothing else.
std::vector<bool> NumericColumns(const Table& table);

}  // namespace smcli
