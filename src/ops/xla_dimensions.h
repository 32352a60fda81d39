// The dimension numbers in the attributes of XLA's ops: small protobuf messages (xla_data.proto) in strings.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "ops/int_args.h"

namespace smcli {

struct DotDimensions {
  IntList left_contracted, right_contracted, left_batch, right_batch;

  // `InvalidModelError` for what is no DotDimensionNumbers; the numbers are not checked against a rank.
  static Result<DotDimensions> Parse(std::string_view message);
};

// Where a tensor of a convolution has its batch (of a kernel: its output features), features and spatial dimensions.
struct ConvolutionLayout {
  int64_t batch = 0, feature = 0;
  IntList spatial;

  // batch, spatial..., feature. `ModelError` when that is no permutation of `rank` dimensions.
  Result<IntList> Order(int rank) const;
};

struct ConvolutionDimensions {
  ConvolutionLayout input, kernel, output;

  static Result<ConvolutionDimensions> Parse(std::string_view message);
};

// GatherDimensionNumbers, and ScatterDimensionNumbers, whose fields have the same numbers under other names.
struct WindowDimensions {
  IntList window;      // of gather's output or scatter's updates: the dimensions that walk through a window
  IntList dropped;     // of the operand: where windows have extent 1 and no dimension of their own
  IntList start;       // of the operand: what each component of a start index means
  int64_t vector = 0;  // of the start indices: the dimension of the components
  IntList operand_batch, index_batch;

  static Result<WindowDimensions> Parse(std::string_view message);
};

}  // namespace smcli
