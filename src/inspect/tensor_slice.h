// NumPy's basic indexing of a tensor: what stands in the brackets of `--value 'dense/kernel[0, :3, -1]'`.
#pragma once

#include <string_view>

#include "base/result.h"
#include "tensor/tensor.h"

namespace smcli {

// `index` is the text between the brackets: integers, start:stop:step and `...`, counted from the end where negative.
// `UsageError` for other text, too many indices, an index out of range, a step of 0.
Result<Tensor> SliceOf(const Tensor& tensor, std::string_view index);

// "dense/kernel[0, :3]" -> {"dense/kernel", "0, :3"}; without brackets the second is empty and `sliced` false.
struct SlicedName {
  std::string_view name;
  std::string_view index;
  bool sliced = false;
};
SlicedName SplitSlice(std::string_view text);

}  // namespace smcli
