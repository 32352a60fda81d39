#include "diff/json_type.h"

namespace smcli {
namespace {

struct Range {
  bool integer = false;
  bool is_signed = false;
  int bits = 0;
};

Range RangeOf(DataType dtype) {
  if (kSignedInts.Contains(dtype)) return {true, true, 8 * SizeOf(dtype)};
  if (kUnsignedInts.Contains(dtype)) return {true, false, 8 * SizeOf(dtype)};
  return {};
}

}  // namespace

bool JsonTypeIncludes(const TensorSpec& wide, const TensorSpec& narrow) {
  if (wide.dtype_number == narrow.dtype_number) return true;
  const Range inner = RangeOf(narrow.dtype);
  if (kFloats.Contains(wide.dtype)) return inner.integer || kFloats.Contains(narrow.dtype);
  const Range outer = RangeOf(wide.dtype);
  if (!inner.integer || !outer.integer) return false;
  if (inner.is_signed && !outer.is_signed) return false;
  if (!inner.is_signed && outer.is_signed) return inner.bits < outer.bits;
  return inner.bits <= outer.bits;
}

std::string_view JsonTypeName(DataType dtype) {
  if (dtype == DataType::kBool) return "boolean";
  if (dtype == DataType::kString) return "string";
  if (kInts.Contains(dtype)) return "integer";
  return kFloats.Contains(dtype) ? "number" : "no JSON type";
}

}  // namespace smcli
