#include "inspect/tensor_text.h"

namespace smcli {

Value ShapeValue(const PartialShape& shape) {
  if (!shape.known_rank()) return Value::WithGist("[...]", Value());
  Value::List dims;
  for (const int64_t dim : shape.dims()) dims.push_back(Value::Int(dim < 0 ? -1 : dim));
  return Value::WithGist(shape.ToString(), Value::Of(std::move(dims)));
}

Value ShapeValue(const Shape& shape) { return ShapeValue(PartialShape(shape)); }

}  // namespace smcli
