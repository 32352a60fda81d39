// How the heap treats memory that is freed.
#pragma once

namespace smcli {

// Freed memory stays with the process, up to a gigabyte, instead of going back to the kernel: a run frees and takes
// tensors of the same sizes again and again, and a page that comes anew from the kernel costs more than the arithmetic
// of many a step on it. Peaks do not grow by it. Does nothing where the C library has no such setting.
void KeepFreedMemory();

}  // namespace smcli
