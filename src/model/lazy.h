// Lazy: something that is made once, when first asked for, or found to be impossible.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/result.h"

namespace smcli {

template <typename T>
class Lazy {
 public:
  // `make` answers a Result<std::unique_ptr<T>>; it runs at most once, whatever its answer. Safe from several threads.
  template <typename Make>
  Result<const T*> Get(Make make) {
    const std::lock_guard lock(mutex_);
    if (!value_ && !error_) {
      Result<std::unique_ptr<T>> made = make();
      if (made.ok()) {
        value_ = *std::move(made);
      } else {
        error_ = std::move(made).error();
      }
    }
    if (error_) return *error_;
    return value_.get();
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<T> value_;
  std::optional<Error> error_;
};

}  // namespace smcli
