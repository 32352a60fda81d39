// Signature and TensorSpec: a SignatureDef and its TensorInfos as values, valid even when the model has gone.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"
#include "tensor/tensor.h"

namespace tensorflow {
class SignatureDef;
}  // namespace tensorflow

namespace smcli {

inline constexpr std::string_view kDefaultSignature = "serving_default";
inline constexpr std::string_view kInitOpSignature = "__saved_model_init_op";
inline constexpr std::string_view kTrainOpSignature = "__saved_model_train_op";

// One input or output of a signature.
struct TensorSpec {
  enum class Encoding {
    kNone,       // nothing set: SignatureTensorMissing when it is used
    kDense,      // one tensor
    kSparse,     // three: components "indices", "values", "dense_shape"
    kComposite,  // a ragged tensor ("values", "row_splits" or "row_splits_0", "row_splits_1", ...), or another type
  };

  std::string key;  // the name in the signature; of a component: what follows the slash in "x/values"
  Encoding encoding = Encoding::kNone;
  std::string tensor_name;  // "node:0"; an operation's name in init op signatures. Dense only
  DataType dtype = DataType::kInvalid;
  int dtype_number = 0;                // as in the file, where smcli does not know it
  PartialShape shape;                  // unknown rank when absent or so declared
  bool has_shape = false;              // is tensor_shape present? (saved_model_cli shows an absent one as "()")
  std::string type_name;               // kComposite: "RaggedTensorSpec", ...
  std::vector<TensorSpec> components;  // kSparse, kComposite; all dense

  bool operator==(const TensorSpec&) const = default;
};

struct Signature {
  std::string key;
  std::string method_name;
  std::vector<TensorSpec> inputs;                        // sorted by the bytes of key
  std::vector<TensorSpec> outputs;                       // sorted
  std::vector<std::pair<std::string, Tensor>> defaults;  // by input key, sorted

  const TensorSpec* FindInput(std::string_view input) const;
  const TensorSpec* FindOutput(std::string_view output) const;
  const Tensor* FindDefault(std::string_view input) const;
  // __saved_model_init_op and __saved_model_train_op: not for users.
  bool internal() const { return key == kInitOpSignature || key == kTrainOpSignature; }
};

// From the message. `InvalidModelError` for defaults that are no tensors.
Result<Signature> MakeSignature(std::string_view key, const tensorflow::SignatureDef& def);

// The dense tensors behind inputs or outputs, with full keys: "x", "s/indices", "r/row_splits".
std::vector<TensorSpec> FlattenSpecs(std::span<const TensorSpec> specs);

}  // namespace smcli
