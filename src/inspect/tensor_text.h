// Shapes and tensors of signatures as parts of reports.
#pragma once

#include "model/spec_text.h"
#include "report/report.h"

namespace smcli {

// [-1, 3] for machines, "[?,3]" for people; null where the rank is unknown.
Value ShapeValue(const PartialShape& shape);
Value ShapeValue(const Shape& shape);

}  // namespace smcli
