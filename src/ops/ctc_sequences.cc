#include "ops/ctc_sequences.h"

#include "ops/expect.h"
#include "ops/int_args.h"

namespace smcli {

Status CheckSequences(const Tensor& inputs, const Tensor& lengths) {
  SMCLI_RETURN_IF_ERROR(ExpectRank(inputs, 3, "inputs"));
  if (!(lengths.shape() == Shape{inputs.dim(1)})) {
    return ModelError("sequence_length must have shape [{}], not {}", inputs.dim(1), lengths.shape().ToString());
  }
  if (inputs.num_elements() == 0)
    return ModelError("inputs must not be empty, but have shape {}", inputs.shape().ToString());
  for (int64_t b = 0; b < lengths.num_elements(); ++b) {
    const int64_t length = IntAt(lengths, b);
    if (length < 0 || length > inputs.dim(0))
      return ModelError("sequence_length({}) is {}, not within [0, {}]", b, length, inputs.dim(0));
  }
  return {};
}

void DecodedPath::Add(int64_t sequence, std::span<const int64_t> labels) {
  const auto length = static_cast<int64_t>(labels.size());
  for (int64_t i = 0; i < length; ++i) indices_.insert(indices_.end(), {sequence, i});
  values_.insert(values_.end(), labels.begin(), labels.end());
  longest_ = std::max(longest_, length);
}

void DecodedPath::Output(KernelContext& ctx, int64_t batch, std::array<int, 3> outputs) const {
  const int64_t dims[] = {batch, longest_};
  ctx.set_output(outputs[0], Tensor::Of<int64_t>(Shape{static_cast<int64_t>(values_.size()), 2}, indices_));
  ctx.set_output(outputs[1], Tensor::Vector<int64_t>(values_));
  ctx.set_output(outputs[2], Tensor::Vector<int64_t>(dims));
}

}  // namespace smcli
