#include "base/result.h"

#include <memory>

#include "support/catch.h"

namespace smcli {
namespace {

Result<int> Half(int n) {
  if (n % 2 != 0) return UsageError("{} is odd", n);
  return n / 2;
}

Result<int> Quarter(int n) {
  SMCLI_ASSIGN_OR_RETURN(const int half, Half(n));
  return Half(half);
}

Status CheckEven(int n) {
  SMCLI_RETURN_IF_ERROR(Half(n));
  return {};
}

TEST_CASE("a Result holds a value or an error, and the macros pass the error on") {
  CHECK(Value(Quarter(12)) == 3);
  CHECK_FAILS(Quarter(6), ErrorKind::kUsage, "3 is odd");
  REQUIRE_OK(CheckEven(2));
  CHECK_FAILS(CheckEven(3), ErrorKind::kUsage, "3 is odd");
}

TEST_CASE("each layer puts its place in front of an error, the outermost first") {
  CHECK_FAILS(Half(1).Annotate("inner").Annotate("outer"), ErrorKind::kUsage, "outer: inner: 1 is odd");
  CHECK_FAILS(CheckEven(1).Annotate("file"), ErrorKind::kUsage, "file: 1 is odd");
  CHECK(Value(Half(4).Annotate("unused")) == 2);
}

TEST_CASE("a Result moves what cannot be copied") {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  std::unique_ptr<int> owned = Value(std::move(result));
  CHECK(*owned == 7);
}

TEST_CASE("every kind of error has the exit status of the contract") {
  CHECK(ExitCode(ErrorKind::kUsage) == 2);
  CHECK(ExitCode(ErrorKind::kInvalidModel) == 3);
  CHECK(ExitCode(ErrorKind::kUnsupported) == 4);
  CHECK(ExitCode(ErrorKind::kIo) == 5);
  CHECK(ExitCode(ErrorKind::kNotFound) == 6);
  CHECK(ExitCode(ErrorKind::kModel) == 7);
  CHECK(ExitCode(ErrorKind::kInternal) == 70);
}

}  // namespace
}  // namespace smcli
