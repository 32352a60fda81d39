// Putting the slices of a partitioned variable together.
#pragma once

#include "base/result.h"
#include "checkpoint/bundle_reader.h"

namespace smcli {

// Do the slices of a sliced entry exist, fit their tensor and cover it without overlap, in the tensor or in the file?
// `InvalidModelError` SliceMissing, BundleSizeMismatch, SlicesDoNotCover.
Status CheckSlices(const BundleEntry& entry);

// Does every slice hold whole rows of the first dimension?
bool CutsFirstDimensionOnly(const BundleEntry& entry);

// Copies `part` into the box `slice` of `whole`; dtypes are the same, part has the slice's shape.
void CopyIntoSlice(const Tensor& part, const TensorSlice& slice, Tensor& whole);

}  // namespace smcli
