// The one door to Catch2 (2.13: a single header), with assertions for Result and Status.
//   REQUIRE_OK(writer.Finish());
//   Table table = Value(Table::Open(file));
//   CHECK_FAILS(Table::Open(cut), ErrorKind::kInvalidModel, "footer");
#pragma once

#define CATCH_CONFIG_FAST_COMPILE
#include <catch2/catch.hpp>

#include <string>
#include <utility>

#include "base/result.h"

namespace smcli {

inline void RequireOk(const char* expression, bool ok, const std::string& message) {
  INFO(expression << ": " << message);
  REQUIRE(ok);
}

inline void CheckFails(const char* expression, const Error* error, ErrorKind kind, const std::string& text) {
  INFO(expression);
  REQUIRE(error != nullptr);
  CHECK(static_cast<int>(error->kind()) == static_cast<int>(kind));
  CHECK_THAT(error->message(), Catch::Contains(text));
}

// What a Result holds; the test ends here, and shows the error, if it holds none.
// Beside report/value.h it hides the class of that name, which is `class Value` then.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
template <typename T>
T Value(Result<T> result) {
  RequireOk("Value()", result.ok(), result.ok() ? std::string() : result.error().message());
  return *std::move(result);
}
#pragma GCC diagnostic pop

}  // namespace smcli

#define REQUIRE_OK(...)                                                                                  \
  do {                                                                                                   \
    const auto& smcli_got = (__VA_ARGS__);                                                               \
    ::smcli::RequireOk(#__VA_ARGS__, smcli_got.ok(), smcli_got.ok() ? "" : smcli_got.error().message()); \
  } while (false)

// `expression` fails with an error of this kind whose message contains `text`.
#define CHECK_FAILS(expression, kind, text)                                                      \
  do {                                                                                           \
    const auto& smcli_got = (expression);                                                        \
    ::smcli::CheckFails(#expression, smcli_got.ok() ? nullptr : &smcli_got.error(), kind, text); \
  } while (false)
