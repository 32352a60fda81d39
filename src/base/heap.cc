#include "base/heap.h"

#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

namespace smcli {

void KeepFreedMemory() {
#if defined(M_MMAP_THRESHOLD) && defined(M_TRIM_THRESHOLD)
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the largest that mallopt takes: what is larger is mapped on its own
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}

}  // namespace smcli
