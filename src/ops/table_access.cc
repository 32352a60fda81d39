// What is done with tables: LookupTableFind, Insert, Remove, Import, Export, Size, InitializeTable, V1 and V2 alike.
#include "ops/lookup_table.h"
#include "ops/op.h"

namespace smcli {
namespace {

Result<std::shared_ptr<LookupTable>> Table(KernelContext& ctx) { return ResourceOf<LookupTable>(ctx.input(0)); }

Status Find(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const auto table, Table(ctx));
  SMCLI_ASSIGN_OR_RETURN(Tensor values, table->Find(ctx.input(1), ctx.input(2)));
  ctx.set_output(0, std::move(values));
  return {};
}

Status Insert(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const auto table, Table(ctx));
  return table->Insert(ctx.input(1), ctx.input(2));
}

Status Remove(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const auto table, Table(ctx));
  return table->Remove(ctx.input(1));
}

Status Import(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const auto table, Table(ctx));
  return table->Import(ctx.input(1), ctx.input(2));
}

Status Initialize(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const auto table, Table(ctx));
  return table->Initialize(ctx.input(1), ctx.input(2));
}

Status Size(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const auto table, Table(ctx));
  ctx.set_output(0, Tensor::Scalar<int64_t>(table->size()));
  return {};
}

class Export final : public Kernel {
 public:
  static Result<Export> Make(const NodeInfo& node) {
    Export kernel;
    kernel.key_ = node.output_types[0];
    kernel.value_ = node.output_types[1];
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const auto table, Table(ctx));
    if (table->schema().key != key_ || table->schema().value != value_) {
      return ModelError("the table is from {} to {}, not from {} to {}", Name(table->schema().key),
                        Name(table->schema().value), Name(key_), Name(value_));
    }
    Tensor keys, values;
    SMCLI_RETURN_IF_ERROR(table->Export(&keys, &values));
    ctx.set_output(0, std::move(keys));
    ctx.set_output(1, std::move(values));
    return {};
  }

 private:
  DataType key_ = DataType::kInvalid;
  DataType value_ = DataType::kInvalid;
};

constexpr Op kOps[] = {
    {.name = "InitializeTable", .types = {}, .make = MakeFunctionKernel<Initialize>, .pure = false},
    {.name = "InitializeTableV2", .types = {}, .make = MakeFunctionKernel<Initialize>, .pure = false},
    {.name = "LookupTableExport", .types = {}, .make = MakeKernel<Export>, .pure = false},
    {.name = "LookupTableExportV2", .types = {}, .make = MakeKernel<Export>, .pure = false},
    {.name = "LookupTableFind", .types = {}, .make = MakeFunctionKernel<Find>, .pure = false},
    {.name = "LookupTableFindV2", .types = {}, .make = MakeFunctionKernel<Find>, .pure = false},
    {.name = "LookupTableImport", .types = {}, .make = MakeFunctionKernel<Import>, .pure = false},
    {.name = "LookupTableImportV2", .types = {}, .make = MakeFunctionKernel<Import>, .pure = false},
    {.name = "LookupTableInsert", .types = {}, .make = MakeFunctionKernel<Insert>, .pure = false},
    {.name = "LookupTableInsertV2", .types = {}, .make = MakeFunctionKernel<Insert>, .pure = false},
    {.name = "LookupTableRemoveV2", .types = {}, .make = MakeFunctionKernel<Remove>, .pure = false},
    {.name = "LookupTableSize", .types = {}, .make = MakeFunctionKernel<Size>, .pure = false},
    {.name = "LookupTableSizeV2", .types = {}, .make = MakeFunctionKernel<Size>, .pure = false},
};

}  // namespace

std::span<const Op> TableAccessOps() { return kOps; }

}  // namespace smcli
