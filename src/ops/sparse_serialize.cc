// Sparse tensors packed into strings or variants, and unpacked: SerializeSparse and its kin, and the maps in which
// AddSparseToTensorsMap keeps them.
#include <mutex>

#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/sparse_tensor.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

// One tensor inside a DT_VARIANT.
class TensorBox final : public VariantValue {
 public:
  explicit TensorBox(Tensor tensor) : value(std::move(tensor)) {}
  std::string_view type_name() const override { return "tensorflow::Tensor"; }

  Tensor value;
};

// Puts a tensor into element `at` of `out`, a string or a variant.
Status Store(Tensor tensor, Tensor& out, int64_t at) {
  if (out.dtype() == DataType::kVariant) {
    out.mutable_data<Variant>()[at] = std::make_shared<TensorBox>(std::move(tensor));
    return {};
  }
  SMCLI_ASSIGN_OR_RETURN(out.mutable_data<std::string>()[at], TensorToBytes(tensor));
  return {};
}

Result<Tensor> Fetch(const Tensor& packed, int64_t at, DataType expected) {
  Tensor tensor;
  if (packed.dtype() == DataType::kVariant) {
    const auto* box = dynamic_cast<const TensorBox*>(packed.data<Variant>()[at].get());
    if (box == nullptr) return ModelError("element {} of the serialized tensors does not hold a tensor", at);
    tensor = box->value;
  } else {
    auto parsed = TensorFromBytes(packed.data<std::string>()[at]);
    if (!parsed.ok()) return ModelError("Could not parse serialized tensor {}: {}", at, parsed.error().message());
    tensor = *std::move(parsed);
  }
  if (tensor.dtype() != expected) {
    return ModelError("Requested SparseTensor of type {} but element {} is of type {}", Name(expected), at,
                      Name(tensor.dtype()));
  }
  return tensor;
}

class SerializeSparse final : public Kernel {
 public:
  static Result<SerializeSparse> Make(const NodeInfo& node) { return SerializeSparse(node.output_types[0]); }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_RETURN_IF_ERROR(SparseTensor::Read(ctx, 0));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, type_, Shape{3}));
    for (int i = 0; i < 3; ++i) SMCLI_RETURN_IF_ERROR(Store(ctx.input(i), *out, i));
    return {};
  }

 private:
  explicit SerializeSparse(DataType type) : type_(type) {}
  DataType type_;
};

// The entries of each index of the first dimension, as sparse tensors without it. ModelError when they are not in
// order.
Result<std::vector<SparseTensor>> Rows(const SparseTensor& batch) {
  if (batch.rank() < 2) return ModelError("Rank of input SparseTensor should be > 1, but saw rank: {}", batch.rank());
  SMCLI_RETURN_IF_ERROR(batch.CheckOrdered());
  const int64_t rows = batch.shape[0];
  if (rows > (int64_t{1} << 28)) return ModelError("a batch of {} sparse tensors", rows);
  std::vector<std::vector<int64_t>> entries(static_cast<size_t>(rows)), coordinates(static_cast<size_t>(rows));
  for (int64_t i = 0; i < batch.size(); ++i) {
    const int64_t row = batch.index(i)[0];
    entries[static_cast<size_t>(row)].push_back(i);
    auto& target = coordinates[static_cast<size_t>(row)];
    target.insert(target.end(), batch.index(i) + 1, batch.index(i) + batch.rank());
  }
  std::vector<SparseTensor> parts;
  for (size_t row = 0; row < entries.size(); ++row) {
    SparseTensor part;
    part.shape = IntList(batch.shape.span().subspan(1));
    SMCLI_ASSIGN_OR_RETURN(part.indices, IndexMatrix(coordinates[row], std::ssize(entries[row]), batch.rank() - 1));
    SMCLI_ASSIGN_OR_RETURN(part.values, PickRows(batch.values, entries[row]));
    parts.push_back(std::move(part));
  }
  return parts;
}

class SerializeManySparse final : public Kernel {
 public:
  static Result<SerializeManySparse> Make(const NodeInfo& node) { return SerializeManySparse(node.output_types[0]); }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const SparseTensor batch, SparseTensor::Read(ctx, 0));
    SMCLI_ASSIGN_OR_RETURN(std::vector<SparseTensor> rows, Rows(batch));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, type_, Shape{std::ssize(rows), 3}));
    int64_t at = 0;
    for (SparseTensor& row : rows) {
      SMCLI_ASSIGN_OR_RETURN(Tensor shape, IntVector(DataType::kInt64, row.shape.span()));
      SMCLI_RETURN_IF_ERROR(Store(std::move(row.indices), *out, at++));
      SMCLI_RETURN_IF_ERROR(Store(std::move(row.values), *out, at++));
      SMCLI_RETURN_IF_ERROR(Store(std::move(shape), *out, at++));
    }
    return {};
  }

 private:
  explicit SerializeManySparse(DataType type) : type_(type) {}
  DataType type_;
};

// Outputs 0 to 2: the parts under the dimensions `batch`; the extents are the largest of all parts.
Status OutputStacked(KernelContext& ctx, const std::vector<SparseTensor>& parts, std::span<const int64_t> batch,
                     DataType dtype) {
  if (parts.empty()) return ModelError("Serialized sparse tensors: there are none, so that their rank is not known");
  IntList shape(batch);
  int64_t entries = 0;
  for (const SparseTensor& part : parts) {
    if (part.rank() != parts[0].rank())
      return ModelError("Inconsistent rank across SparseTensors: {} and {}", parts[0].rank(), part.rank());
    entries += part.size();
  }
  if (static_cast<int64_t>(batch.size()) + parts[0].rank() > kMaxRank)
    return ModelError("the result has too many dimensions");
  shape.append(parts[0].shape.span());
  SMCLI_ASSIGN_OR_RETURN(Tensor * indices, ctx.Allocate(0, DataType::kInt64, Shape{entries, shape.size()}));
  SMCLI_ASSIGN_OR_RETURN(Tensor * values, ctx.Allocate(1, dtype, Shape{entries}));
  int64_t* to = indices->mutable_data<int64_t>();
  int64_t at = 0;
  IntList place;
  place.assign(static_cast<int>(batch.size()), 0);
  for (const SparseTensor& part : parts) {
    for (int64_t i = 0; i < part.size(); ++i) {
      to = std::copy(place.begin(), place.end(), to);
      to = std::copy_n(part.index(i), part.rank(), to);
    }
    CopyElements(part.values, 0, part.size(), *values, at);
    at += part.size();
    for (int d = 0; d < part.rank(); ++d) {
      int64_t& extent = shape[static_cast<int>(batch.size()) + d];
      extent = std::max(extent, part.shape[d]);
    }
    for (int d = place.size() - 1; d >= 0 && ++place[d] == batch[static_cast<size_t>(d)]; --d) place[d] = 0;
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor extents, IntVector(DataType::kInt64, shape.span()));
  ctx.set_output(2, std::move(extents));
  return {};
}

// serialized_sparse [..., 3]: the leading dimensions become those of the result.
class DeserializeSparse final : public Kernel {
 public:
  static Result<DeserializeSparse> Make(const NodeInfo& node) {
    DeserializeSparse kernel;
    kernel.dtype_ = node.output_types[1];
    kernel.many_ = node.op == "DeserializeManySparse";
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& packed = ctx.input(0);
    if (packed.rank() < 1 || packed.dim(packed.rank() - 1) != 3 || (many_ && packed.rank() != 2)) {
      return ModelError("Serialized sparse should have 3 as the last dimension but has shape {}",
                        packed.shape().ToString());
    }
    std::vector<SparseTensor> parts;
    for (int64_t i = 0; i < packed.num_elements(); i += 3) {
      SMCLI_ASSIGN_OR_RETURN(const Tensor indices, Fetch(packed, i, DataType::kInt64));
      SMCLI_ASSIGN_OR_RETURN(const Tensor values, Fetch(packed, i + 1, dtype_));
      SMCLI_ASSIGN_OR_RETURN(const Tensor shape, Fetch(packed, i + 2, DataType::kInt64));
      SMCLI_ASSIGN_OR_RETURN(SparseTensor part, SparseTensor::Of(indices, values, shape));
      parts.push_back(std::move(part));
    }
    return OutputStacked(ctx, parts, packed.shape().dims().first(static_cast<size_t>(packed.rank() - 1)), dtype_);
  }

 private:
  DataType dtype_ = DataType::kInvalid;
  bool many_ = false;
};

// Sparse tensors by number. An entry leaves the map when it is taken.
class SparseTensorsMap final : public Resource {
 public:
  std::string_view type_name() const override { return "SparseTensorsMap"; }
  int64_t Add(SparseTensor tensor) {
    std::lock_guard lock(mutex_);
    tensors_.emplace(next_, std::move(tensor));
    return next_++;
  }
  Result<SparseTensor> Take(int64_t handle) {
    std::lock_guard lock(mutex_);
    const auto at = tensors_.find(handle);
    if (at == tensors_.end()) return ModelError("Unable to find SparseTensor: {} in map", handle);
    SparseTensor tensor = std::move(at->second);
    tensors_.erase(at);
    return tensor;
  }

 private:
  std::mutex mutex_;
  int64_t next_ = 0;
  std::map<int64_t, SparseTensor> tensors_;
};

// Which map a node means: its shared_name, else the name of the node that adds.
struct MapName {
  std::string container, name;

  static Result<MapName> Of(const NodeInfo& node) {
    MapName map;
    SMCLI_ASSIGN_OR_RETURN(map.container, node.attrs.String("container"));
    SMCLI_ASSIGN_OR_RETURN(map.name, node.attrs.String("shared_name"));
    if (map.name.empty()) map.name = node.name;
    return map;
  }
  Result<std::shared_ptr<SparseTensorsMap>> Find(KernelContext& ctx) const {
    return ctx.resources().LookupOrCreate<SparseTensorsMap>(container, name,
                                                            [] { return std::make_shared<SparseTensorsMap>(); });
  }
};

template <bool kMany>
class AddToMap final : public Kernel {
 public:
  static Result<AddToMap> Make(const NodeInfo& node) {
    AddToMap kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.map_, MapName::Of(node));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(SparseTensor tensor, SparseTensor::Read(ctx, 0));
    SMCLI_ASSIGN_OR_RETURN(const auto map, map_.Find(ctx));
    if (!kMany) {
      ctx.set_output(0, Tensor::Scalar<int64_t>(map->Add(std::move(tensor))));
      return {};
    }
    SMCLI_ASSIGN_OR_RETURN(std::vector<SparseTensor> rows, Rows(tensor));
    SMCLI_ASSIGN_OR_RETURN(Tensor * handles, ctx.Allocate(0, DataType::kInt64, Shape{std::ssize(rows)}));
    for (size_t i = 0; i < rows.size(); ++i) handles->mutable_data<int64_t>()[i] = map->Add(std::move(rows[i]));
    return {};
  }

 private:
  MapName map_;
};

class TakeFromMap final : public Kernel {
 public:
  static Result<TakeFromMap> Make(const NodeInfo& node) {
    TakeFromMap kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.map_, MapName::Of(node));
    kernel.dtype_ = node.output_types[1];
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& handles = ctx.input(0);
    if (handles.rank() != 1)
      return ModelError("sparse_handles should be a vector but received shape {}", handles.shape().ToString());
    SMCLI_ASSIGN_OR_RETURN(const auto map, map_.Find(ctx));
    std::vector<SparseTensor> parts;
    for (int64_t handle : handles.flat<int64_t>()) {
      SMCLI_ASSIGN_OR_RETURN(SparseTensor part, map->Take(handle));
      if (part.values.dtype() != dtype_)
        return ModelError("Requested {} but the map holds {}", Name(dtype_), Name(part.values.dtype()));
      parts.push_back(std::move(part));
    }
    return OutputStacked(ctx, parts, handles.shape().dims(), dtype_);
  }

 private:
  MapName map_;
  DataType dtype_ = DataType::kInvalid;
};

constexpr Op kOps[] = {
    {.name = "AddManySparseToTensorsMap", .types = {}, .make = MakeKernel<AddToMap<true>>, .pure = false},
    {.name = "AddSparseToTensorsMap", .types = {}, .make = MakeKernel<AddToMap<false>>, .pure = false},
    {.name = "DeserializeManySparse", .types = {}, .make = MakeKernel<DeserializeSparse>},
    {.name = "DeserializeSparse", .types = {}, .make = MakeKernel<DeserializeSparse>},
    {.name = "SerializeManySparse", .types = {}, .make = MakeKernel<SerializeManySparse>},
    {.name = "SerializeSparse", .types = {}, .make = MakeKernel<SerializeSparse>},
    {.name = "TakeManySparseFromTensorsMap", .types = {}, .make = MakeKernel<TakeFromMap>, .pure = false},
};

}  // namespace

std::span<const Op> SparseSerializeOps() { return kOps; }

}  // namespace smcli
