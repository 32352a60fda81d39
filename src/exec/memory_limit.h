// What a model may ask for and does not get is the model's error, not ours.
#pragma once

#include <new>
#include <stdexcept>

#include "base/result.h"

namespace smcli {

// f(), or `ModelError` when the program's memory ends meanwhile (--max-memory).
template <typename F>
auto WithinMemory(F&& f) -> decltype(f()) {
  try {
    return f();
  } catch (const std::bad_alloc&) {
    return ModelError("out of memory (--max-memory)");
  } catch (const std::length_error&) {
    return ModelError("out of memory: a size beyond what can be addressed");
  }
}

}  // namespace smcli
