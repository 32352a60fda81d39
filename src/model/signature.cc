#include "model/signature.h"

#include <algorithm>
#include <array>

#include "meta_graph.pb.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

using tensorflow::TensorInfo;
using tensorflow::TypeSpecProto;

void SetDtype(int number, TensorSpec& spec) {
  spec.dtype_number = number;
  spec.dtype = DataTypeFromNumber(number).value_or(DataType::kInvalid);
}

TensorSpec DenseSpec(std::string key, std::string tensor_name, const TensorInfo& info) {
  TensorSpec spec;
  spec.key = std::move(key);
  spec.encoding = TensorSpec::Encoding::kDense;
  spec.tensor_name = std::move(tensor_name);
  SetDtype(info.dtype(), spec);
  spec.has_shape = info.has_tensor_shape();
  if (spec.has_shape) spec.shape = ShapeFromProto(info.tensor_shape());
  return spec;
}

// One of the two int64 parts of a sparse tensor.
TensorSpec IndexSpec(std::string key, std::string tensor_name, std::vector<int64_t> dims) {
  TensorSpec spec;
  spec.key = std::move(key);
  spec.encoding = TensorSpec::Encoding::kDense;
  spec.tensor_name = std::move(tensor_name);
  SetDtype(static_cast<int>(DataType::kInt64), spec);
  spec.shape = PartialShape(std::move(dims));
  spec.has_shape = true;
  return spec;
}

// The parts of a sparse tensor of this dtype and dense shape (tf.SparseTensor: indices [n, rank], values [n],
// dense_shape [rank]).
void AddSparseParts(const TensorInfo& info, TensorSpec& spec) {
  const TensorInfo::CooSparse& sparse = info.coo_sparse();
  const int64_t rank = spec.shape.known_rank() ? spec.shape.rank() : -1;
  TensorSpec values = IndexSpec("values", sparse.values_tensor_name(), {-1});
  SetDtype(info.dtype(), values);
  spec.components.push_back(IndexSpec("indices", sparse.indices_tensor_name(), {-1, rank}));
  spec.components.push_back(std::move(values));
  spec.components.push_back(IndexSpec("dense_shape", sparse.dense_shape_tensor_name(), {rank}));
}

// What the i-th of `count` flat parts of a composite tensor is called.
std::string PartName(TypeSpecProto::TypeSpecClass type, int i, int count) {
  static constexpr std::array<std::string_view, 3> kSparse = {"indices", "values", "dense_shape"};
  static constexpr std::array<std::string_view, 3> kSlices = {"values", "indices", "dense_shape"};
  if (type == TypeSpecProto::SPARSE_TENSOR_SPEC && count == 3) return std::string(kSparse[static_cast<size_t>(i)]);
  if (type == TypeSpecProto::INDEXED_SLICES_SPEC && count <= 3) return std::string(kSlices[static_cast<size_t>(i)]);
  if (type == TypeSpecProto::RAGGED_TENSOR_SPEC) {
    if (i == 0) return "values";
    return count == 2 ? "row_splits" : fmt::format("row_splits_{}", i - 1);
  }
  return fmt::format("{}", i);
}

void AddCompositeParts(const TensorInfo& info, TensorSpec& spec) {
  const TensorInfo::CompositeTensor& composite = info.composite_tensor();
  const TypeSpecProto& type = composite.type_spec();
  spec.type_name = type.type_spec_class_name();
  if (spec.type_name.empty() && TypeSpecProto::TypeSpecClass_IsValid(type.type_spec_class())) {
    spec.type_name = TypeSpecProto::TypeSpecClass_Name(type.type_spec_class());
  }
  const int count = composite.components_size();
  for (int i = 0; i < count; ++i) {
    const TensorInfo& part = composite.components(i);
    spec.components.push_back(DenseSpec(PartName(type.type_spec_class(), i, count), part.name(), part));
  }
}

TensorSpec MakeSpec(const std::string& key, const TensorInfo& info) {
  TensorSpec spec = DenseSpec(key, "", info);
  switch (info.encoding_case()) {
    case TensorInfo::kName: spec.tensor_name = info.name(); break;
    case TensorInfo::kCooSparse:
      spec.encoding = TensorSpec::Encoding::kSparse;
      AddSparseParts(info, spec);
      break;
    case TensorInfo::kCompositeTensor:
      spec.encoding = TensorSpec::Encoding::kComposite;
      AddCompositeParts(info, spec);
      break;
    case TensorInfo::ENCODING_NOT_SET: spec.encoding = TensorSpec::Encoding::kNone; break;
  }
  return spec;
}

template <typename Map>
std::vector<TensorSpec> MakeSpecs(const Map& infos) {
  std::vector<TensorSpec> specs;
  for (const auto& [key, info] : infos) specs.push_back(MakeSpec(key, info));
  std::ranges::sort(specs, {}, &TensorSpec::key);
  return specs;
}

const TensorSpec* FindSpec(const std::vector<TensorSpec>& specs, std::string_view key) {
  const auto found = std::ranges::lower_bound(specs, key, {}, &TensorSpec::key);
  return found != specs.end() && found->key == key ? &*found : nullptr;
}

}  // namespace

const TensorSpec* Signature::FindInput(std::string_view input) const { return FindSpec(inputs, input); }
const TensorSpec* Signature::FindOutput(std::string_view output) const { return FindSpec(outputs, output); }

const Tensor* Signature::FindDefault(std::string_view input) const {
  const auto found = std::ranges::find(defaults, input, &std::pair<std::string, Tensor>::first);
  return found == defaults.end() ? nullptr : &found->second;
}

Result<Signature> MakeSignature(std::string_view key, const tensorflow::SignatureDef& def) {
  Signature signature;
  signature.key = key;
  signature.method_name = def.method_name();
  signature.inputs = MakeSpecs(def.inputs());
  signature.outputs = MakeSpecs(def.outputs());
  for (const auto& [input, value] : def.defaults()) {
    SMCLI_ASSIGN_OR_RETURN(Tensor tensor, TensorFromProto(value).Annotate(fmt::format("default of input '{}'", input)));
    signature.defaults.emplace_back(input, std::move(tensor));
  }
  std::ranges::sort(signature.defaults, {}, &std::pair<std::string, Tensor>::first);
  return signature;
}

std::vector<TensorSpec> FlattenSpecs(std::span<const TensorSpec> specs) {
  std::vector<TensorSpec> flat;
  for (const TensorSpec& spec : specs) {
    if (spec.components.empty()) {
      flat.push_back(spec);
      continue;
    }
    for (const TensorSpec& component : spec.components) {
      TensorSpec& part = flat.emplace_back(component);
      part.key = fmt::format("{}/{}", spec.key, component.key);
    }
  }
  return flat;
}

}  // namespace smcli
