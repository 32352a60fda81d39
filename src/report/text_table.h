// A table as aligned text.
#pragma once

#include <string>

#include "report/printers.h"

namespace smcli {

// Every line indented by `indent` columns. Numbers are right-aligned; columns without a label are left out. Where the
// width is limited, the widest text columns are shortened until a line fits.
void PrintTextTable(const Table& table, int indent, const PrintStyle& style, std::string* out);

// A column of numbers only.
bool IsNumeric(const Table& table, size_t column);

}  // namespace smcli
