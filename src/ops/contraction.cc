#include "ops/contraction.h"

#include <algorithm>
#include <complex>
#include <cstring>

#include "ops/matrix_product.h"
#include "ops/strided_copy.h"

namespace smcli {
namespace {

using Bound = EinsumEquation::Bound;

// A tensor whose dimensions have labels.
struct Operand {
  Tensor tensor;
  Labels labels;
};

bool Has(const Labels& labels, int label) { return std::ranges::find(labels, label) != labels.end(); }

Result<Shape> ShapeOf(const Labels& labels, const Bound& bound) {
  std::vector<int64_t> dims;
  for (int label : labels) dims.push_back(bound.extent(label));
  auto shape = Shape::Make(dims);
  if (!shape.ok()) return ModelError("{}", shape.error().message());
  return shape;
}

// Elements from one index of a label to the next: 0 where the operand repeats, the diagonal's step where it has it
// twice.
int64_t StepOf(const Operand& operand, int label) {
  const auto strides = RowMajorStrides(operand.tensor.shape());
  int64_t step = 0;
  for (size_t axis = 0; axis < operand.labels.size(); ++axis) {
    if (operand.labels[axis] == label && operand.tensor.dim(static_cast<int>(axis)) > 1) step += strides[axis];
  }
  return step;
}

// The operand with exactly these labels, each once, in this order and at full extent.
Result<Tensor> Arrange(ThreadPool& pool, const Operand& operand, const Labels& order, const Bound& bound) {
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, ShapeOf(order, bound));
  if (order == operand.labels && shape == operand.tensor.shape()) return operand.tensor;
  SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(operand.tensor.dtype(), shape));
  const auto steps = RowMajorStrides(shape);
  StridedCopy copy;
  for (size_t i = 0; i < order.size(); ++i) copy.Add(bound.extent(order[i]), StepOf(operand, order[i]), steps[i]);
  copy.Run(pool, operand.tensor, 0, out, 0);
  return out;
}

template <typename T>
void SumRows(const T* from, int64_t rows, int64_t n, T* to) {
  for (int64_t row = 0; row < rows; ++row) {
    T sum = T(0);
    for (int64_t i = 0; i < n; ++i) {
      if constexpr (std::is_integral_v<T>) {
        using U = std::make_unsigned_t<T>;
        sum = static_cast<T>(static_cast<U>(sum) + static_cast<U>(from[row * n + i]));
      } else {
        sum += from[row * n + i];
      }
    }
    to[row] = sum;
  }
}

int64_t Count(const Labels& labels, const Bound& bound) {
  int64_t count = 1;
  for (int label : labels) count *= bound.extent(label);
  return count;
}

// The operand without repeated labels, and without those that nobody else wants: they are summed.
template <typename T>
Result<Operand> Reduced(ThreadPool& pool, Operand operand, const Labels& wanted, const Bound& bound) {
  Labels kept, summed;
  for (int label : operand.labels) {
    Labels& list = Has(wanted, label) ? kept : summed;
    if (!Has(list, label)) list.push_back(label);
  }
  if (kept == operand.labels) return operand;
  // An ellipsis dimension of extent 1 stays so here; it is stretched where the operands meet.
  Bound own = bound;
  for (size_t axis = 0; axis < operand.labels.size(); ++axis) {
    own.extents[static_cast<size_t>(operand.labels[axis])] = operand.tensor.dim(static_cast<int>(axis));
  }
  Labels order = kept;
  order.insert(order.end(), summed.begin(), summed.end());
  SMCLI_ASSIGN_OR_RETURN(Tensor arranged, Arrange(pool, operand, order, own));
  if (summed.empty()) return Operand{std::move(arranged), kept};
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, ShapeOf(kept, own));
  SMCLI_ASSIGN_OR_RETURN(Tensor sums, Tensor::Make(arranged.dtype(), shape));
  SumRows(arranged.data<T>(), shape.num_elements(), Count(summed, own), sums.mutable_data<T>());
  return Operand{std::move(sums), kept};
}

Labels Joined(std::initializer_list<const Labels*> parts) {
  Labels all;
  for (const Labels* part : parts) all.insert(all.end(), part->begin(), part->end());
  return all;
}

// What the labels of two operands mean for their product.
struct Roles {
  Labels batch, left, right, contracted;
};
Roles RolesOf(const Operand& a, const Operand& b, const Labels& output) {
  Roles roles;
  for (int label : a.labels) {
    Labels& role = !Has(b.labels, label) ? roles.left : Has(output, label) ? roles.batch : roles.contracted;
    role.push_back(label);
  }
  for (int label : b.labels) {
    if (!Has(a.labels, label)) roles.right.push_back(label);
  }
  return roles;
}

// [batch, left, right] = [batch, left, contracted] * [batch, contracted, right]
template <typename T>
Result<Operand> Product(ThreadPool& pool, const Operand& a, const Operand& b, const Labels& output,
                        const Bound& bound) {
  const Roles roles = RolesOf(a, b, output);
  SMCLI_ASSIGN_OR_RETURN(const Tensor left,
                         Arrange(pool, a, Joined({&roles.batch, &roles.left, &roles.contracted}), bound));
  // A right side that lies transposed is multiplied as it lies.
  const Labels transposed = Joined({&roles.batch, &roles.right, &roles.contracted});
  const bool as_it_lies = transposed == b.labels;
  SMCLI_ASSIGN_OR_RETURN(
      const Tensor right,
      Arrange(pool, b, as_it_lies ? transposed : Joined({&roles.batch, &roles.contracted, &roles.right}), bound));
  Operand product{{}, Joined({&roles.batch, &roles.left, &roles.right})};
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, ShapeOf(product.labels, bound));
  SMCLI_ASSIGN_OR_RETURN(product.tensor, Tensor::Make(left.dtype(), shape));
  if (shape.num_elements() == 0) return product;
  const int64_t m = Count(roles.left, bound), k = Count(roles.contracted, bound), n = Count(roles.right, bound);
  T* to = product.tensor.mutable_data<T>();
  for (int64_t i = 0; i < Count(roles.batch, bound); ++i) {
    const T* data = right.data<T>() + i * k * n;
    const MatrixRef<T> matrix = as_it_lies ? MatrixRef<T>{data, 1, k} : MatrixRef<T>{data, n, 1};
    SMCLI_RETURN_IF_ERROR(
        MultiplyMatrices<T>(pool, {left.data<T>() + i * m * k, k, 1}, matrix, nullptr, m, k, n, to + i * m * n));
  }
  return product;
}

// Into the order of the output; a label that it has twice becomes a diagonal among zeros.
Result<Tensor> Place(ThreadPool& pool, const Operand& answer, const Labels& output, const Bound& bound) {
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, ShapeOf(output, bound));
  Labels once;
  for (int label : output) {
    if (!Has(once, label)) once.push_back(label);
  }
  if (once == output) return Arrange(pool, answer, output, bound);
  SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(answer.tensor.dtype(), shape));
  if (out.num_bytes() > 0) std::memset(out.mutable_raw_data(), 0, out.num_bytes());
  const auto strides = RowMajorStrides(shape);
  StridedCopy copy;
  for (int label : once) {
    int64_t step = 0;
    for (size_t axis = 0; axis < output.size(); ++axis) step += output[axis] == label ? strides[axis] : 0;
    copy.Add(bound.extent(label), StepOf(answer, label), step);
  }
  copy.Run(pool, answer.tensor, 0, out, 0);
  return out;
}

template <typename T>
Result<Tensor> ContractOf(ThreadPool& pool, std::span<const Tensor> operands, const Bound& bound) {
  const bool binary = operands.size() == 2;
  Labels wanted = bound.output;
  if (binary) wanted.insert(wanted.end(), bound.inputs[1].begin(), bound.inputs[1].end());
  SMCLI_ASSIGN_OR_RETURN(Operand answer, Reduced<T>(pool, {operands[0], bound.inputs[0]}, wanted, bound));
  if (binary) {
    Labels wanted_b = bound.output;
    wanted_b.insert(wanted_b.end(), answer.labels.begin(), answer.labels.end());
    SMCLI_ASSIGN_OR_RETURN(const Operand right, Reduced<T>(pool, {operands[1], bound.inputs[1]}, wanted_b, bound));
    SMCLI_ASSIGN_OR_RETURN(answer, Product<T>(pool, answer, right, bound.output, bound));
  }
  return Place(pool, answer, bound.output, bound);
}

}  // namespace

Result<Tensor> Contract(ThreadPool& pool, std::span<const Tensor> operands, const Bound& bound) {
  switch (operands[0].dtype()) {
    case DataType::kFloat: return ContractOf<float>(pool, operands, bound);
    case DataType::kDouble: return ContractOf<double>(pool, operands, bound);
    case DataType::kInt32: return ContractOf<int32_t>(pool, operands, bound);
    case DataType::kInt64: return ContractOf<int64_t>(pool, operands, bound);
    case DataType::kComplex64: return ContractOf<std::complex<float>>(pool, operands, bound);
    default: return ContractOf<std::complex<double>>(pool, operands, bound);
  }
}

}  // namespace smcli
