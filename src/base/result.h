// Result<T>: a value or an Error, shaped like C++23's std::expected. Status is Result<void>.
// No function of smcli throws; [[nodiscard]] makes a forgotten error a compile error.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/error.h"

namespace smcli {

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  template <typename U>
  requires(std::is_convertible_v<U, T> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
           !std::is_same_v<std::remove_cvref_t<U>, Error> && !std::is_same_v<std::remove_cvref_t<U>, T>)
      Result(U&& value)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& operator*() & { return *std::get_if<0>(&state_); }
  const T& operator*() const& { return *std::get_if<0>(&state_); }
  T&& operator*() && { return std::move(*std::get_if<0>(&state_)); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }

  const Error& error() const& { return *std::get_if<1>(&state_); }
  Error error() && { return std::move(*std::get_if<1>(&state_)); }

  // Puts a place in front of the error, if there is one.
  Result Annotate(std::string_view place) && {
    if (ok()) return std::move(*this);
    return std::move(*std::get_if<1>(&state_)).Annotate(place);
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(new Error(std::move(error))) {}
  Result(Result&& other) noexcept : error_(std::exchange(other.error_, nullptr)) {}
  Result& operator=(Result&& other) noexcept {
    std::swap(error_, other.error_);
    return *this;
  }
  ~Result() {
    if (error_) delete error_;
  }

  bool ok() const { return error_ == nullptr; }
  explicit operator bool() const { return ok(); }
  const Error& error() const& { return *error_; }
  Error error() && { return std::move(*error_); }

  Result Annotate(std::string_view place) && {
    if (ok()) return {};
    return std::move(*error_).Annotate(place);
  }

 private:
  Error* error_ = nullptr;  // one word: a kernel that succeeds returns a null pointer
};

using Status = Result<void>;

}  // namespace smcli

#define SMCLI_CONCAT_INNER(a, b) a##b
#define SMCLI_CONCAT(a, b) SMCLI_CONCAT_INNER(a, b)

// Returns the error of a Status or Result from the enclosing function.
#define SMCLI_RETURN_IF_ERROR(expr)                                  \
  do {                                                               \
    if (auto smcli_status = (expr); !smcli_status.ok()) [[unlikely]] \
      return std::move(smcli_status).error();                        \
  } while (false)

// SMCLI_ASSIGN_OR_RETURN(Table table, Table::Open(file));
#define SMCLI_ASSIGN_OR_RETURN(lhs, expr) SMCLI_ASSIGN_OR_RETURN_(SMCLI_CONCAT(smcli_result_, __LINE__), lhs, expr)
#define SMCLI_ASSIGN_OR_RETURN_(result, lhs, expr) \
  auto result = (expr);                            \
  if (!result.ok()) [[unlikely]]                   \
    return std::move(result).error();              \
  lhs = *std::move(result)
