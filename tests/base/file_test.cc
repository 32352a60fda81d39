#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/descriptor.h"
#include "support/catch.h"
#include "support/fake_file_system.h"
#include "support/scratch_directory.h"

namespace smcli {
namespace {

TEST_CASE("what is written can be mapped and read, whole or empty") {
  const ScratchDirectory scratch;
  FileSystem& files = scratch.files();
  const std::string large(3'000'000, 'x');
  for (const std::string& content : {std::string(), std::string("hello"), large}) {
    REQUIRE_OK(WriteFile(files, scratch.Path("f"), content));
    CHECK(Value(files.Map(scratch.Path("f"))).bytes() == content);
    CHECK(Value(files.Read(scratch.Path("f"), 3'000'000)) == content);
  }
  CHECK_FAILS(files.Read(scratch.Path("f"), 2'999'999), ErrorKind::kIo, "larger than 2999999 bytes");
}

TEST_CASE("a mapping outlives its file, and bytes live as long as any copy") {
  const ScratchDirectory scratch;
  REQUIRE_OK(WriteFile(scratch.files(), scratch.Path("f"), "content"));
  std::shared_ptr<const void> keep_alive;
  std::string_view bytes;
  {
    const MappedFile file = Value(scratch.files().Map(scratch.Path("f")));
    keep_alive = file.keep_alive();
    bytes = file.bytes();
  }
  REQUIRE_OK(scratch.files().RemoveAll(scratch.Path("f")));
  CHECK(bytes == "content");
}

TEST_CASE("nothing but a regular file is mapped, and the message says what it is") {
  const ScratchDirectory scratch;
  FileSystem& files = scratch.files();
  REQUIRE(mkfifo(scratch.Path("pipe").c_str(), 0600) == 0);
  CHECK_FAILS(files.Map(scratch.Path("pipe")), ErrorKind::kIo, "pipe or a device");
  CHECK_FAILS(files.Map("/dev/null"), ErrorKind::kIo, "/dev/null: is a pipe or a device");
  CHECK_FAILS(files.Map(scratch.Path("")), ErrorKind::kIo, "is a directory");
  CHECK_FAILS(files.Read(scratch.Path(""), 10), ErrorKind::kIo, "is a directory");
  CHECK_FAILS(files.Map(scratch.Path("gone")), ErrorKind::kNotFound, "gone: No such file or directory");
  CHECK(files.Kind(scratch.Path("pipe")) == FileKind::kOther);
  CHECK(files.Kind(scratch.Path("")) == FileKind::kDirectory);
  CHECK(files.Kind(scratch.Path("gone")) == FileKind::kNone);
}

TEST_CASE("a device is read up to the limit, not forever") {
  const ScratchDirectory scratch;
  CHECK(Value(scratch.files().Read("/dev/null", 10)).empty());
  CHECK_FAILS(scratch.files().Read("/dev/zero", 1'000'000), ErrorKind::kIo, "/dev/zero: is larger than");
}

TEST_CASE("a file appears on Commit, complete, and an abandoned one leaves nothing") {
  const ScratchDirectory scratch;
  REQUIRE_OK(WriteFile(scratch.files(), scratch.Path("f"), "old"));
  {
    const auto file = Value(scratch.files().Create(scratch.Path("f")));
    REQUIRE_OK(file->Append("new"));
    REQUIRE_OK(file->Append(std::string(1 << 20, 'n')));
    CHECK(file->size() == (1 << 20) + 3);
    CHECK(Value(scratch.files().Read(scratch.Path("f"), 99)) == "old");
  }
  CHECK(scratch.Listing() == "f ");
  CHECK(Value(scratch.files().Read(scratch.Path("f"), 99)) == "old");
  REQUIRE_OK(WriteFile(scratch.files(), scratch.Path("f"), "new"));
  CHECK(Value(scratch.files().Read(scratch.Path("f"), 99)) == "new");
  CHECK(scratch.Listing() == "f ");
}

TEST_CASE("writing to a device leaves the device in its place") {
  const ScratchDirectory scratch;
  REQUIRE_OK(WriteFile(scratch.files(), "/dev/null", "gone"));
  CHECK(scratch.files().Kind("/dev/null") == FileKind::kOther);
  CHECK_FAILS(WriteFile(scratch.files(), "/dev/full", "x"), ErrorKind::kIo, "No space left on device");
}

TEST_CASE("writing to a link replaces the file that it leads to, not the link") {
  const ScratchDirectory scratch;
  REQUIRE_OK(WriteFile(scratch.files(), scratch.Path("f"), "old"));
  REQUIRE(symlink("f", scratch.Path("link").c_str()) == 0);
  REQUIRE_OK(WriteFile(scratch.files(), scratch.Path("link"), "new"));
  CHECK(Value(scratch.files().Read(scratch.Path("f"), 99)) == "new");
  CHECK(std::filesystem::is_symlink(scratch.Path("link")));
  CHECK(scratch.Listing() == "f link ");
}

TEST_CASE("what may not be looked at is there, and opening it says why") {
  const ScratchDirectory scratch;
  REQUIRE(symlink("loop", scratch.Path("loop").c_str()) == 0);
  CHECK(scratch.files().Kind(scratch.Path("loop")) == FileKind::kOther);
  CHECK_FAILS(scratch.files().Map(scratch.Path("loop")), ErrorKind::kIo, "Too many levels of symbolic links");
  CHECK(scratch.files().Kind(std::string(5000, 'x')) == FileKind::kNone);
}

TEST_CASE("stdout is a file that is written through, wherever it leads") {
  const ScratchDirectory scratch;
  CHECK(scratch.files().Kind(std::string(kStdoutPath)) == FileKind::kOther);
}

TEST_CASE("a file cannot be created where there is no directory, or where one is") {
  const ScratchDirectory scratch;
  CHECK_FAILS(scratch.files().Create(scratch.Path("no/f")), ErrorKind::kIo, "cannot create it: No such file");
  CHECK_FAILS(scratch.files().Create(scratch.Path("")), ErrorKind::kIo, "is a directory");
  CHECK_FAILS(scratch.files().Create(""), ErrorKind::kUsage, "needs a name");
  CHECK_FAILS(scratch.files().Map(""), ErrorKind::kNotFound, "\"\": No such file");
}

TEST_CASE("directories are made with all above them, listed in order and removed with all inside") {
  const ScratchDirectory scratch;
  FileSystem& files = scratch.files();
  REQUIRE_OK(files.MakeDirectories(scratch.Path("a/b/c")));
  REQUIRE_OK(files.MakeDirectories(scratch.Path("a/b/c/")));
  REQUIRE_OK(WriteFile(files, scratch.Path("a/z"), ""));
  REQUIRE_OK(WriteFile(files, scratch.Path("a/b/f"), ""));
  REQUIRE(symlink("/nowhere", scratch.Path("a/link").c_str()) == 0);
  REQUIRE(symlink("b", scratch.Path("a/to_b").c_str()) == 0);
  const auto entries = Value(files.List(scratch.Path("a")));
  REQUIRE(entries.size() == 4);
  CHECK((entries[0].name == "b" && entries[0].kind == FileKind::kDirectory));
  CHECK((entries[1].name == "link" && entries[1].kind == FileKind::kNone));
  CHECK((entries[2].name == "to_b" && entries[2].kind == FileKind::kDirectory));
  CHECK((entries[3].name == "z" && entries[3].kind == FileKind::kRegular));
  CHECK_FAILS(files.MakeDirectories(scratch.Path("a/z/y")), ErrorKind::kIo, "z: cannot make the directory: Not a dir");
  CHECK_FAILS(files.List(scratch.Path("q")), ErrorKind::kNotFound, "q: No such file");
  REQUIRE_OK(files.Rename(scratch.Path("a"), scratch.Path("d")));
  REQUIRE_OK(files.RemoveAll(scratch.Path("d")));
  REQUIRE_OK(files.RemoveAll(scratch.Path("d")));
  CHECK(scratch.Listing().empty());
}

TEST_CASE("the fake file system keeps the same promises") {
  FakeFileSystem files;
  REQUIRE_OK(WriteFile(files, "m/variables/v.index", "abc"));
  CHECK(Value(files.Map("m/variables/v.index")).bytes() == "abc");
  CHECK(files.Kind("m/variables") == FileKind::kDirectory);
  CHECK(files.Kind("m/var") == FileKind::kNone);
  CHECK(Value(files.List("m")).at(0).name == "variables");
  CHECK_FAILS(files.Map("m"), ErrorKind::kIo, "is a directory");
  CHECK_FAILS(files.Map("n"), ErrorKind::kNotFound, "n: No such file");
  files.disk_space = 2;
  CHECK_FAILS(WriteFile(files, "m/x", "abc"), ErrorKind::kIo, "No space left");
  CHECK_FALSE(files.Exists("m/x"));
}

TEST_CASE("released pages of a mapping come back with the same bytes, and memory that is no mapping is left alone") {
  const ScratchDirectory scratch;
  const std::string bytes(100000, 'x');
  REQUIRE_OK(WriteFile(scratch.files(), scratch.Path("f"), bytes));
  for (const MappedFile& file : {Value(scratch.files().Map(scratch.Path("f"))), MappedFile::Of(bytes)}) {
    CHECK((file.bytes() == bytes));
    ReleasePages(file.bytes().substr(10), file.keep_alive());
    CHECK((file.bytes() == bytes));
  }
  ReleasePages("", nullptr);
}

TEST_CASE("a file is read here and there, up to its end") {
  const ScratchDirectory scratch;
  REQUIRE_OK(WriteFile(scratch.files(), scratch.Path("f"), "0123456789"));
  FakeFileSystem fake;
  fake.files["f"] = "0123456789";
  const std::unique_ptr<RandomAccessFile> both[] = {Value(scratch.files().OpenRandomAccess(scratch.Path("f"))),
                                                    Value(fake.OpenRandomAccess("f"))};
  for (const auto& file : both) {
    CHECK(file->size() == 10);
    std::string out(4, '?');
    CHECK(Value(file->Read(3, out)) == 4);
    CHECK(out == "3456");
    CHECK(Value(file->Read(8, out)) == 2);
    CHECK(out.substr(0, 2) == "89");
    CHECK(Value(file->Read(10, out)) == 0);
    CHECK(Value(file->Read(UINT64_MAX, out)) == 0);
  }
  CHECK_FAILS(scratch.files().OpenRandomAccess(scratch.Path("")), ErrorKind::kIo, "is a directory");
}

}  // namespace
}  // namespace smcli
