// The ops that put out a table: HashTable, MutableHashTable, MutableHashTableOfTensors, MutableDenseHashTable, each as
// V1 reference, V2 resource and anonymous resource. A V1 reference travels as a resource handle too.
#include <string>

#include "ops/lookup_table.h"
#include "ops/op.h"

namespace smcli {
namespace {

class TableHandle final : public Kernel {
 public:
  static Result<TableHandle> Make(const NodeInfo& node) {
    TableHandle kernel;
    TableSchema& schema = kernel.schema_;
    SMCLI_ASSIGN_OR_RETURN(schema.value, node.attrs.Type("value_dtype"));
    SMCLI_ASSIGN_OR_RETURN(schema.key, node.attrs.Type("key_dtype"));
    const bool dense = node.op.find("Dense") != std::string_view::npos;
    const bool of_tensors = node.op.find("OfTensors") != std::string_view::npos;
    const bool is_mutable = node.op.find("Mutable") != std::string_view::npos;
    schema.kind = dense ? TableKind::kDense : is_mutable ? TableKind::kMutable : TableKind::kStatic;
    if (dense || of_tensors) {
      SMCLI_ASSIGN_OR_RETURN(const PartialShape shape, node.attrs.Shape("value_shape"));
      const auto known = shape.ToShape();
      if (!known) return ModelError("value_shape {} is not fully known", shape.ToString());
      if (of_tensors && !known->vector())
        return ModelError("the default value must be a vector, got shape {}", shape.ToString());
      schema.value_shape = *known;
    }
    if (dense) SMCLI_RETURN_IF_ERROR(CheckBuckets(node));
    kernel.anonymous_ = node.op.starts_with("Anonymous");
    if (!kernel.anonymous_) {
      SMCLI_ASSIGN_OR_RETURN(kernel.container_, node.attrs.String("container"));
      SMCLI_ASSIGN_OR_RETURN(kernel.name_, node.attrs.String("shared_name"));
    }
    if (kernel.name_.empty()) {
      kernel.name_ = node.scope.empty() ? std::string(node.name) : fmt::format("{}/{}", node.scope, node.name);
    }
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    TableSchema schema = schema_;
    if (schema.kind == TableKind::kDense) {
      SMCLI_RETURN_IF_ERROR(ReserveKeys(ctx.input(0), ctx.input(1), schema));
    }
    SMCLI_ASSIGN_OR_RETURN(std::shared_ptr<LookupTable> table, LookupTable::Make(schema));
    if (!anonymous_) {
      SMCLI_ASSIGN_OR_RETURN(table,
                             ctx.resources().LookupOrCreate<LookupTable>(container_, name_, [&] { return table; }));
      if (!table->schema().Agrees(schema)) {
        return ModelError("table '{}' is there already, from {} to {}; this node asks for {} to {}", name_,
                          Name(table->schema().key), Name(table->schema().value), Name(schema.key), Name(schema.value));
      }
    }
    ctx.set_output(0, HandleTo(std::move(table), name_));
    return {};
  }

 private:
  static Status CheckBuckets(const NodeInfo& node) {
    SMCLI_ASSIGN_OR_RETURN(const int64_t buckets, node.attrs.Int("initial_num_buckets"));
    SMCLI_ASSIGN_OR_RETURN(const float load, node.attrs.Float("max_load_factor"));
    if (buckets < 4 || (buckets & (buckets - 1)) != 0) {
      return ModelError("the number of buckets must be at least 4 and a power of 2, got {}", buckets);
    }
    if (!(load > 0 && load < 1)) return ModelError("max_load_factor must be between 0 and 1, got {}", load);
    return {};
  }

  static Status ReserveKeys(const Tensor& empty, const Tensor& deleted, TableSchema& schema) {
    if (!(empty.shape() == deleted.shape())) {
      return ModelError("the empty and the deleted key must have the same shape, got {} and {}",
                        empty.shape().ToString(), deleted.shape().ToString());
    }
    if (empty.rank() > 1)
      return ModelError("the empty key must be a scalar or a vector, got shape {}", empty.shape().ToString());
    const bool text = empty.dtype() == DataType::kString;
    if (text ? empty.num_elements() > 0 && *empty.data<std::string>() == *deleted.data<std::string>()
             : empty.bytes() == deleted.bytes()) {
      return ModelError("the empty and the deleted key cannot be equal");
    }
    schema.key_shape = empty.shape();
    schema.reserved_keys[0] = empty;
    schema.reserved_keys[1] = deleted;
    return {};
  }

  TableSchema schema_;  // but for what the dense table's inputs say
  bool anonymous_ = false;
  std::string container_;
  std::string name_;
};

constexpr Op kOps[] = {
    {.name = "AnonymousHashTable", .types = {}, .make = MakeKernel<TableHandle>, .pure = false},
    {.name = "AnonymousMutableDenseHashTable", .types = {}, .make = MakeKernel<TableHandle>, .pure = false},
    {.name = "AnonymousMutableHashTable", .types = {}, .make = MakeKernel<TableHandle>, .pure = false},
    {.name = "AnonymousMutableHashTableOfTensors", .types = {}, .make = MakeKernel<TableHandle>, .pure = false},
    {.name = "HashTable", .types = {}, .make = MakeKernel<TableHandle>, .pure = false},
    {.name = "HashTableV2", .types = {}, .make = MakeKernel<TableHandle>, .pure = false},
    {.name = "MutableDenseHashTable", .types = {}, .make = MakeKernel<TableHandle>, .pure = false},
    {.name = "MutableDenseHashTableV2", .types = {}, .make = MakeKernel<TableHandle>, .pure = false},
    {.name = "MutableHashTable", .types = {}, .make = MakeKernel<TableHandle>, .pure = false},
    {.name = "MutableHashTableOfTensors", .types = {}, .make = MakeKernel<TableHandle>, .pure = false},
    {.name = "MutableHashTableOfTensorsV2", .types = {}, .make = MakeKernel<TableHandle>, .pure = false},
    {.name = "MutableHashTableV2", .types = {}, .make = MakeKernel<TableHandle>, .pure = false},
};

}  // namespace

std::span<const Op> TableHandleOps() { return kOps; }

}  // namespace smcli
