#include "formats/tfrecord.h"

#include <zlib.h>

#include "support/catch.h"

namespace smcli {
namespace {

using namespace std::string_literals;

std::string Records(const std::vector<std::string>& records) {
  std::string bytes;
  for (const std::string& record : records) AppendTfRecord(record, bytes);
  return bytes;
}

Result<std::vector<std::string>> ReadAll(const std::string& bytes, uint64_t max_size = 1 << 20) {
  SMCLI_ASSIGN_OR_RETURN(TfRecordReader reader, TfRecordReader::Open(MappedFile::Of(bytes), max_size));
  std::vector<std::string> records;
  while (true) {
    SMCLI_ASSIGN_OR_RETURN(const auto record, reader.Next());
    if (!record) return records;
    records.emplace_back(*record);
  }
}

// zlib's form, or gzip's.
std::string Compressed(const std::string& bytes, int window_bits) {
  z_stream stream = {};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(bytes.size() + 100, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST_CASE("a record has the bytes of the specification's example") {
  CHECK(Records({"abc"}) ==
        "\x03\0\0\0\0\0\0\0\xb0\x99\x49\x0e"
        "abc\x6e\x57\xf1\x21"s);
}

TEST_CASE("records come back in order") {
  const std::vector<std::string> records = {"abc", "", std::string(100'000, 'x'), "\0\xff"s};
  CHECK(Value(ReadAll(Records(records))) == records);
  CHECK(Value(ReadAll("")).empty());
}

TEST_CASE("a compressed file is recognised, several gzip streams in a row as well") {
  const std::string bytes = Records({"abc", "def"});
  CHECK(Value(ReadAll(Compressed(bytes, 15))).size() == 2);
  CHECK(Value(ReadAll(Compressed(bytes, 15 + 16))).size() == 2);
  CHECK(Value(ReadAll(Compressed(bytes, 15 + 16) + Compressed(bytes, 15 + 16))).size() == 4);
  const std::string gzip = Compressed(bytes, 15 + 16);
  for (size_t length = 2; length < gzip.size(); ++length) REQUIRE_FALSE(ReadAll(gzip.substr(0, length)).ok());
  CHECK_FAILS(ReadAll(Compressed(Records({std::string(5'000'000, 'x')}), 15)), ErrorKind::kInvalidModel,
              "more than 1048576 bytes");
}

TEST_CASE("a record that begins with a compressed file's first bytes is still a record") {
  CHECK(Value(ReadAll(Records({std::string(0x78, 'a')}))).size() == 1);
}

TEST_CASE("damage is told with the number of the record") {
  const std::string bytes = Records({"abc", "defgh"});
  std::string bad = bytes;
  bad[19] ^= 1;
  CHECK_FAILS(ReadAll(bad), ErrorKind::kInvalidModel, "record 2: the checksum of its length is wrong");
  bad = bytes;
  bad[19 + 12] ^= 1;
  CHECK_FAILS(ReadAll(bad), ErrorKind::kInvalidModel, "record 2: the checksum of its data is wrong");
  for (size_t length = 1; length < bytes.size(); ++length) {
    if (length == 19) continue;
    CHECK_FAILS(ReadAll(bytes.substr(0, length)), ErrorKind::kInvalidModel, "cut off (RecordTruncated)");
  }
}

TEST_CASE("reading goes on behind a record whose data are damaged, and not behind one whose length is") {
  std::string bytes = Records({"abc", "def"});
  bytes[12] ^= 1;
  TfRecordReader reader = Value(TfRecordReader::Open(MappedFile::Of(bytes), 100));
  CHECK_FALSE(reader.Next().ok());
  CHECK(Value(reader.Next()) == "def");
  CHECK_FALSE(Value(reader.Next()).has_value());
  bytes[0] ^= 1;
  reader = Value(TfRecordReader::Open(MappedFile::Of(bytes), 100));
  CHECK_FALSE(reader.Next().ok());
  CHECK_FALSE(Value(reader.Next()).has_value());
}

}  // namespace
}  // namespace smcli
