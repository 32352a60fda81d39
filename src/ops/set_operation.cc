// Sets along the last dimension: intersection, union and differences of dense and sparse tensors, and SetSize.
#include <algorithm>
#include <iterator>

#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/sparse_tensor.h"

namespace smcli {
namespace {

enum class SetAction { kMinus, kReverseMinus, kIntersection, kUnion };

Result<SetAction> ReadAction(const NodeInfo& node) {
  SMCLI_ASSIGN_OR_RETURN(std::string name, node.attrs.String("set_operation"));
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (name == "a-b") return SetAction::kMinus;
  if (name == "b-a") return SetAction::kReverseMinus;
  if (name == "intersection") return SetAction::kIntersection;
  if (name == "union") return SetAction::kUnion;
  return ModelError("Invalid set_operation {}.", name);
}

template <typename F>
void DispatchSetTypes(DataType dtype, F&& f) {
  if (dtype == DataType::kString) {
    f(TypeTag<std::string>{});
  } else {
    DispatchInts(dtype, f);
  }
}

Status CheckSparse(const SparseTensor& tensor, bool validate) {
  if (tensor.rank() < 2) return ModelError("Invalid rank {}.", tensor.rank());
  return validate ? tensor.CheckOrdered() : Status();
}

// An operand's sets, one after the other: all but the last dimension say which set it is.
class SetReader {
 public:
  explicit SetReader(const Tensor& dense)
      : dense_(&dense), groups_(dense.shape().dims().first(static_cast<size_t>(dense.rank() - 1))) {
    index_.assign(groups_.size(), 0);
    const bool none = std::ranges::count(groups_.span(), 0) > 0;
    left_ = none ? 0 : dense.shape().Product(0, dense.rank() - 1);
  }
  explicit SetReader(SparseTensor sparse)
      : sparse_(std::move(sparse)), groups_(sparse_.shape.span().first(static_cast<size_t>(sparse_.rank() - 1))) {
    left_ = sparse_.size();
    FindGroup();
  }
  // Extents of the dimensions that name the sets.
  const IntList& groups() const { return groups_; }

  bool done() const { return left_ == 0; }
  // Where the present set is, and which of the values are in it.
  std::span<const int64_t> index() const { return index_.span(); }
  template <typename T>
  std::span<const T> values() const {
    const Tensor& all = dense_ != nullptr ? *dense_ : sparse_.values;
    return all.flat<T>().subspan(static_cast<size_t>(at_), static_cast<size_t>(size()));
  }
  void Next() {
    at_ += size();
    if (dense_ == nullptr) {
      left_ -= size_;
      FindGroup();
      return;
    }
    --left_;
    for (int d = groups_.size() - 1; d >= 0 && ++index_[d] == groups_[d]; --d) index_[d] = 0;
  }

 private:
  int64_t size() const { return dense_ != nullptr ? dense_->dim(dense_->rank() - 1) : size_; }
  // The entries from at_ on that share all but the last coordinate.
  void FindGroup() {
    if (left_ == 0) return;
    const int64_t* first = sparse_.index(at_);
    index_ = IntList({first, static_cast<size_t>(groups_.size())});
    size_ = 1;
    while (size_ < left_ && std::equal(first, first + groups_.size(), sparse_.index(at_ + size_))) ++size_;
  }

  const Tensor* dense_ = nullptr;
  SparseTensor sparse_;
  IntList groups_;
  int64_t left_ = 0;  // sets of a dense tensor, entries of a sparse one
  int64_t at_ = 0;    // of the values
  int64_t size_ = 0;  // of the present sparse set
  IntList index_;
};

template <typename T>
std::vector<T> SortedSet(std::span<const T> values) {
  std::vector<T> set(values.begin(), values.end());
  std::ranges::sort(set);
  set.erase(std::unique(set.begin(), set.end()), set.end());
  return set;
}

template <typename T>
std::vector<T> Combine(SetAction action, std::span<const T> first, std::span<const T> second) {
  const std::vector<T> a = SortedSet(first), b = SortedSet(second);
  std::vector<T> result;
  auto out = std::back_inserter(result);
  switch (action) {
    case SetAction::kMinus: std::ranges::set_difference(a, b, out); break;
    case SetAction::kReverseMinus: std::ranges::set_difference(b, a, out); break;
    case SetAction::kIntersection: std::ranges::set_intersection(a, b, out); break;
    case SetAction::kUnion: std::ranges::set_union(a, b, out); break;
  }
  return result;
}

// The results as a sparse tensor, whose last extent is the size of the largest set.
template <typename T>
class SetWriter {
 public:
  Status Add(std::span<const int64_t> index, const std::vector<T>& set, const IntList& groups) {
    for (int d = 0; d < groups.size(); ++d) {
      const int64_t at = index[static_cast<size_t>(d)];
      if (at < 0 || at >= groups[d]) return ModelError("indices[{}] expected < {}, got {}.", d, groups[d], at);
    }
    for (size_t i = 0; i < set.size(); ++i) {
      indices_.insert(indices_.end(), index.begin(), index.end());
      indices_.push_back(static_cast<int64_t>(i));
      values_.push_back(set[i]);
    }
    largest_ = std::max(largest_, std::ssize(set));
    return {};
  }
  Status Output(KernelContext& ctx, DataType dtype, const IntList& groups) {
    const auto count = std::ssize(values_);
    SMCLI_ASSIGN_OR_RETURN(Tensor indices, IndexMatrix(indices_, count, groups.size() + 1));
    ctx.set_output(0, std::move(indices));
    SMCLI_ASSIGN_OR_RETURN(Tensor * values, ctx.Allocate(1, dtype, Shape{count}));
    std::ranges::copy(values_, values->mutable_data<T>());
    IntList shape = groups;
    shape.push_back(largest_);
    SMCLI_ASSIGN_OR_RETURN(Tensor extents, IntVector(DataType::kInt64, shape.span()));
    ctx.set_output(2, std::move(extents));
    return {};
  }

 private:
  std::vector<int64_t> indices_;
  std::vector<T> values_;
  int64_t largest_ = 0;
};

// With a dense first operand its sets lead, and a set of the second that is not where the walk is waits (so one that is
// out of order is never met); otherwise both are merged.
template <typename T>
Status Operate(KernelContext& ctx, SetAction action, SetReader first, SetReader second, bool first_leads,
               DataType dtype) {
  if (!std::ranges::equal(first.groups(), second.groups())) {
    return ModelError("Mismatched shapes [{}] vs [{}]", fmt::join(first.groups().span(), ","),
                      fmt::join(second.groups().span(), ","));
  }
  SetWriter<T> writer;
  while (!first.done() || (!second.done() && !first_leads)) {
    int order = first.done() ? 1 : second.done() ? -1 : 0;
    if (order == 0) {
      const auto a = first.index(), b = second.index();
      order = std::ranges::equal(a, b) ? 0 : first_leads || std::ranges::lexicographical_compare(a, b) ? -1 : 1;
    }
    const auto a = order <= 0 ? first.values<T>() : std::span<const T>();
    const auto b = order >= 0 ? second.values<T>() : std::span<const T>();
    SMCLI_RETURN_IF_ERROR(
        writer.Add(order <= 0 ? first.index() : second.index(), Combine(action, a, b), first.groups()));
    if (order <= 0) first.Next();
    if (order >= 0) second.Next();
  }
  return writer.Output(ctx, dtype, first.groups());
}

// Each operand is one dense input or the three of a sparse tensor.
template <bool kFirstDense, bool kSecondDense>
class SetOperation final : public Kernel {
 public:
  static Result<SetOperation> Make(const NodeInfo& node) {
    SetOperation kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.action_, ReadAction(node));
    SMCLI_ASSIGN_OR_RETURN(kernel.validate_, node.attrs.Bool("validate_indices"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(SetReader first, Reader(ctx, 0, kFirstDense));
    SMCLI_ASSIGN_OR_RETURN(SetReader second, Reader(ctx, kFirstDense ? 1 : 3, kSecondDense));
    const DataType dtype = ctx.input(kFirstDense ? 0 : 1).dtype();
    Status status;
    DispatchSetTypes(dtype, [&](auto tag) {
      status =
          Operate<typename decltype(tag)::type>(ctx, action_, std::move(first), std::move(second), kFirstDense, dtype);
    });
    return status;
  }

 private:
  Result<SetReader> Reader(KernelContext& ctx, int input, bool dense) const {
    if (dense) {
      const Tensor& tensor = ctx.input(input);
      if (tensor.rank() < 2) return ModelError("Shape {} has rank {} < 2", tensor.shape().ToString(), tensor.rank());
      return SetReader(tensor);
    }
    SMCLI_ASSIGN_OR_RETURN(SparseTensor sparse, SparseTensor::Read(ctx, input));
    SMCLI_RETURN_IF_ERROR(CheckSparse(sparse, validate_));
    return SetReader(std::move(sparse));
  }

  SetAction action_ = SetAction::kUnion;
  bool validate_ = true;
};

// How many different values each set of a sparse tensor has.
class SetSize final : public Kernel {
 public:
  static Result<SetSize> Make(const NodeInfo& node) {
    SetSize kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.validate_, node.attrs.Bool("validate_indices"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(SparseTensor sets, SparseTensor::Read(ctx, 0));
    SMCLI_RETURN_IF_ERROR(CheckSparse(sets, validate_));
    SetReader reader(std::move(sets));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(reader.groups()));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kInt32, shape));
    FillZero(*out);
    Status status;
    DispatchSetTypes(ctx.input(1).dtype(),
                     [&](auto tag) { status = Count<typename decltype(tag)::type>(reader, *out); });
    return status;
  }

 private:
  template <typename T>
  static Status Count(SetReader& reader, Tensor& out) {
    for (; !reader.done(); reader.Next()) {
      int64_t place = 0;
      for (int d = 0; d < out.rank(); ++d) {
        const int64_t at = reader.index()[static_cast<size_t>(d)];
        if (at < 0 || at >= out.dim(d)) return ModelError("indices[{}] expected < {}, got {}.", d, out.dim(d), at);
        place = place * out.dim(d) + at;
      }
      out.mutable_data<int32_t>()[place] = static_cast<int32_t>(SortedSet(reader.values<T>()).size());
    }
    return {};
  }

  bool validate_ = true;
};

constexpr Op kOps[] = {
    {.name = "DenseToDenseSetOperation", .types = {}, .make = MakeKernel<SetOperation<true, true>>},
    {.name = "DenseToSparseSetOperation", .types = {}, .make = MakeKernel<SetOperation<true, false>>},
    {.name = "SetSize", .types = {}, .make = MakeKernel<SetSize>},
    {.name = "SparseToSparseSetOperation", .types = {}, .make = MakeKernel<SetOperation<false, false>>},
};

}  // namespace

std::span<const Op> SetOperationOps() { return kOps; }

}  // namespace smcli
