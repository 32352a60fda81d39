#include "base/path.h"

#include "support/catch.h"

namespace smcli {
namespace {

TEST_CASE("paths are joined with one slash") {
  CHECK(JoinPath("a", "b") == "a/b");
  CHECK(JoinPath("a/", "b") == "a/b");
  CHECK(JoinPath("/", "b") == "/b");
  CHECK(JoinPath("", "b") == "b");
}

TEST_CASE("a path is taken apart as dirname and basename do") {
  const struct {
    std::string_view path, directory, name, extension;
  } rows[] = {
      {"a/b.pb", "a", "b.pb", ".pb"},
      {"a/b/", "a", "b", ""},
      {"b", "", "b", ""},
      {"/b", "/", "b", ""},
      {"/", "/", "", ""},
      {"", "", "", ""},
      {"//a", "/", "a", ""},
      {"a//b", "a", "b", ""},
      {"a.b/c", "a.b", "c", ""},
      {".x", "", ".x", ""},
      {"a.tar.gz", "", "a.tar.gz", ".gz"},
  };
  for (const auto& row : rows) {
    INFO(row.path);
    CHECK(DirName(row.path) == row.directory);
    CHECK(BaseName(row.path) == row.name);
    CHECK(Extension(row.path) == row.extension);
  }
}

}  // namespace
}  // namespace smcli
