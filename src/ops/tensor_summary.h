// The text in which TensorFlow's Print, PrintV2, StringFormat and Assert show a tensor (Tensor::SummarizeValue).
#pragma once

#include <cstdint>
#include <string>

#include "tensor/tensor.h"

namespace smcli {

enum class SummaryStyle {
  kFlat,    // "[1 2][3...]...": Print and Assert, up to `max_entries` elements in all
  kNested,  // "[[1 2]\n [3 4]]": StringFormat and tf.print, `max_entries` at either end of every dimension
};

// A negative max_entries shows everything.
std::string SummarizeTensor(const Tensor& tensor, int64_t max_entries, SummaryStyle style);

// Quotes, backslashes and unprintable ASCII bytes as C escapes; bytes from 0x80 stay.
std::string EscapeUtf8Safe(std::string_view text);

}  // namespace smcli
