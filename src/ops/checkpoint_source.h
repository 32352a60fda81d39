// CheckpointSource: where restore ops read from. exec/ implements it over the model's own checkpoint, so that ops/
// needs to know nothing of checkpoint files.
#pragma once

#include <string_view>

#include "base/result.h"
#include "tensor/tensor.h"

namespace smcli {

class CheckpointSource {
 public:
  virtual ~CheckpointSource() = default;
  // The whole tensor under `key` of the checkpoint `prefix`. `NotFoundError` for an unknown key, `UnsupportedError` for
  // a prefix that the model must not read.
  virtual Result<Tensor> Read(std::string_view prefix, std::string_view key) = 0;
};

}  // namespace smcli
