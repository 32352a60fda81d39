#include "cli/batch_split.h"

#include <algorithm>

#include "base/utf8.h"

namespace smcli {
namespace {

bool HasRows(const PartialShape& shape, int64_t part_rows) {
  return !shape.known_rank() || (shape.rank() > 0 && (shape.dim(0) < 0 || shape.dim(0) == part_rows));
}

// Sparse and ragged values lie in several tensors, whose first sizes are no rows.
Status CheckDense(const std::vector<TensorSpec>& specs, std::string_view what) {
  for (const TensorSpec& spec : specs) {
    if (spec.key.ends_with("/dense_shape") || spec.key.find("/row_splits") != std::string::npos) {
      return UsageError("--batch-size: {} {} is sparse or ragged and cannot be split", what, Quoted(spec.key));
    }
  }
  return {};
}

Result<Tensor> Rows(const Tensor& all, int64_t first, int64_t count) {
  std::vector<int64_t> dims(all.shape().dims().begin(), all.shape().dims().end());
  const int64_t row = all.dim(0) == 0 ? 0 : all.num_elements() / all.dim(0);
  dims[0] = count;
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, Shape::Make(dims));
  if (all.dtype() != DataType::kString) return all.Part(first * row, shape);
  const auto strings =
      all.flat<std::string>().subspan(static_cast<size_t>(first * row), static_cast<size_t>(count * row));
  return Tensor::Strings(shape, {strings.begin(), strings.end()});
}

}  // namespace

Result<BatchSplit> BatchSplit::Make(const std::vector<TensorSpec>& inputs, const std::vector<TensorSpec>& outputs,
                                    const std::vector<Tensor>& fed, int64_t part_rows) {
  SMCLI_RETURN_IF_ERROR(CheckDense(inputs, "input"));
  SMCLI_RETURN_IF_ERROR(CheckDense(outputs, "output"));
  BatchSplit split;
  split.part_rows_ = part_rows;
  std::string_view first;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const bool rows = fed[i].has_value() && fed[i].rank() > 0 && HasRows(inputs[i].shape, part_rows);
    split.is_split_.push_back(rows);
    if (!rows) continue;
    if (split.rows_ >= 0 && split.rows_ != fed[i].dim(0)) {
      return UsageError("--batch-size: input {} has {} rows and input {} has {}; they must have the same",
                        Quoted(first), split.rows_, Quoted(inputs[i].key), fed[i].dim(0));
    }
    if (split.rows_ < 0) first = inputs[i].key;
    split.rows_ = fed[i].dim(0);
    const bool fixed = inputs[i].shape.known_rank() && inputs[i].shape.dim(0) == part_rows;
    if (fixed && split.rows_ % part_rows != 0) {
      return UsageError("--batch-size: input {} takes exactly {} rows at a time, and {} rows leave {} over",
                        Quoted(inputs[i].key), part_rows, split.rows_, split.rows_ % part_rows);
    }
  }
  if (split.rows_ < 0) return UsageError("--batch-size: no input has an open first size, so there is nothing to split");
  for (const TensorSpec& output : outputs) {
    if (HasRows(output.shape, part_rows)) continue;
    return UsageError(
        "--batch-size: output {} of shape {} has no rows that could be put together; --outputs leaves it out",
        Quoted(output.key), output.shape.ToString());
  }
  return split;
}

Result<std::vector<Tensor>> BatchSplit::Inputs(const std::vector<Tensor>& fed, int64_t part) const {
  std::vector<Tensor> inputs = fed;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!is_split_[i]) continue;
    SMCLI_ASSIGN_OR_RETURN(inputs[i], Rows(fed[i], first_row(part), rows_of(part)));
  }
  return inputs;
}

Status BatchSplit::CheckOutputs(const std::vector<TensorSpec>& specs, const std::vector<Tensor>& outputs,
                                int64_t part) const {
  for (size_t i = 0; i < specs.size(); ++i) {
    if (outputs[i].rank() > 0 && outputs[i].dim(0) == rows_of(part)) continue;
    return UsageError(
        "--batch-size: output {} has shape {} for {} rows, so the parts cannot be put together; --outputs "
        "leaves it out",
        Quoted(specs[i].key), outputs[i].shape().ToString(), rows_of(part));
  }
  return {};
}

std::vector<TensorSpec> WithOpenRows(std::vector<TensorSpec> specs, int64_t part_rows) {
  for (TensorSpec& spec : specs) {
    if (!spec.shape.known_rank() || spec.shape.rank() == 0 || spec.shape.dim(0) != part_rows) continue;
    std::vector<int64_t> dims(spec.shape.dims().begin(), spec.shape.dims().end());
    dims[0] = -1;
    spec.shape = PartialShape(std::move(dims));
  }
  return specs;
}

}  // namespace smcli
