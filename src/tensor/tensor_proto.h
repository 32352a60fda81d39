// TensorProto <-> Tensor (tensor_proto.md). Sizes in a proto are promises of a file: every one is checked against the
// bytes that are there before memory is taken.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tensor/shape.h"
#include "tensor/tensor.h"

namespace tensorflow {
class TensorProto;
class TensorShapeProto;
}  // namespace tensorflow

namespace smcli {

// A variant as a file holds it. Kernels that know the type name make their own value from it.
class StoredVariant final : public VariantValue {
 public:
  std::string_view type_name() const override { return name; }

  std::string name;
  std::string metadata;
  std::vector<Tensor> tensors;
};

// From the bytes of a TensorProto. A value in tensor_content that lies aligned in memory is not copied: the tensor
// keeps `keep_alive` and looks into `bytes`; everything else is. A null `keep_alive` copies always. `InvalidModelError`
// DtypeInvalid, ShapeInvalid, ShapeTooLarge, TensorContentSizeMismatch, StringListMalformed, VariantUnparsable;
// `UnsupportedError` DtypeUnsupported.
Result<Tensor> TensorFromBytes(std::string_view bytes, const std::shared_ptr<const void>& keep_alive = nullptr);
// From elements as they lie in memory. Not copied where TensorFromBytes would not copy them; a null `keep_alive` copies
// always. The dtype is plain. `InvalidModelError` TensorContentSizeMismatch.
Result<Tensor> TensorFromContent(DataType dtype, const Shape& shape, std::string_view content,
                                 const std::shared_ptr<const void>& keep_alive);
Result<Tensor> TensorFromProto(const tensorflow::TensorProto& proto);
// Compact: tensor_content, or one value when all elements are equal (tensor_proto.md 3.1). `UnsupportedError` for
// handles and for variants that are not StoredVariants.
Status TensorToProto(const Tensor& tensor, tensorflow::TensorProto* proto);
// The bytes of a TensorProto as TensorFlow's SerializeTensor writes them: plain elements always in tensor_content.
Result<std::string> TensorToBytes(const Tensor& tensor);

// The dtype and declared shape alone, without the values.
struct TensorHeader {
  DataType dtype = DataType::kInvalid;
  int dtype_number = 0;
  PartialShape shape;
  uint64_t stored_bytes = 0;  // of all value fields
};
Result<TensorHeader> ReadTensorHeader(std::string_view bytes);
// Would TensorFromBytes succeed? Plain values are not copied to find out.
Status CheckTensorBytes(std::string_view bytes);

// Shapes of attributes and signatures: sizes below 0 are unknown.
PartialShape ShapeFromProto(const tensorflow::TensorShapeProto& proto);
Result<PartialShape> ShapeFromBytes(std::string_view bytes);
void ShapeToProto(const PartialShape& shape, tensorflow::TensorShapeProto* proto);

}  // namespace smcli
