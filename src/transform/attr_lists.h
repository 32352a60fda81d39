// Making the bytes of AttrValues that hold lists; those that hold one value are in model/attr_value.h.
#pragma once

#include <span>
#include <string>

#include "model/attrs.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace smcli {

std::string TypesAttr(std::span<const DataType> types);
std::string ShapesAttr(std::span<const PartialShape> shapes);
std::string StringsAttr(std::span<const std::string> strings);
// With the function's own attributes.
std::string FuncAttrBytes(const FuncAttr& function);
std::string FuncsAttr(std::span<const FuncAttr> functions);

}  // namespace smcli
