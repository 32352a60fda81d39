#include "model/chunked_proto.h"

#include "base/file.h"
#include "model/fingerprint.h"
#include "model/highway_hash.h"
#include "model/riegeli.h"
#include "model/saved_model.h"
#include "model/wire_tree.h"
#include "saved_model.pb.h"
#include "support/catch.h"
#include "support/graph_text.h"

namespace smcli {
namespace {

std::string ChunkedFile(std::string_view name = "chunked") {
  const auto files = MakeRealFileSystem();
  return std::string(Value(files->Map(fmt::format("testdata/models/{}/saved_model.cpb", name))).bytes());
}

TEST_CASE("HighwayHash of what every record file begins with") {
  CHECK(RiegeliHash("") == 0x72C3B1E9C0139FE1);
  CHECK(RiegeliHash(std::string("\0\0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0", 16)) == 0x3F4A880DD170AF83);
  const std::string start = ChunkedFile().substr(0, 64);
  CHECK(RiegeliHash(start.substr(32, 32)) == 0xA9E187923CC2BA91);
}

TEST_CASE("chunks join to the model that TensorFlow took apart, compressed or not") {
  const auto files = MakeRealFileSystem();
  const SavedModel opened = Value(SavedModel::Open(*files, "testdata/models/chunked"));
  CHECK(opened.form() == SavedModel::Form::kChunked);
  CHECK(Value(Value(opened.PickMetaGraph(std::nullopt))->graph())->num_nodes() > 0);
  REQUIRE_OK(opened.Validate());
  for (const char* name : {"testdata/models/chunked", "testdata/models/chunked_brotli"}) {
    const Fingerprint stored =
        Value(ReadFingerprint(Value(files->Map(fmt::format("{}/fingerprint.pb", name))).bytes()));
    const SavedModel model = Value(SavedModel::Open(*files, name));
    CHECK(Value(ComputeFingerprint(model, std::nullopt)).saved_model_checksum == stored.saved_model_checksum);
  }
}

TEST_CASE("records are read by their position") {
  RecordFile file = Value(RecordFile::Open(SharedBytes(ChunkedFile())));
  REQUIRE(file.last_record());
  CHECK_FALSE(Value(file.Read(*file.last_record())).view.empty());
  CHECK_FAILS(file.Read(*file.last_record() + 1), ErrorKind::kInvalidModel, "ChunkOffsetUnknown");
  CHECK_FAILS(file.Read(0), ErrorKind::kInvalidModel, "ChunkOffsetUnknown");
}

TEST_CASE("damage is noticed and named") {
  const std::string whole = ChunkedFile();
  const auto damaged = [&](size_t at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    return JoinChunks(SharedBytes(bytes));
  };
  CHECK_FAILS(damaged(40), ErrorKind::kInvalidModel, "RiegeliBadSignature");
  CHECK_FAILS(damaged(64 + 9), ErrorKind::kInvalidModel, "RiegeliHeaderHashMismatch");
  CHECK_FAILS(damaged(64 + 40), ErrorKind::kInvalidModel, "RiegeliDataHashMismatch");
  CHECK_FAILS(JoinChunks(SharedBytes(whole.substr(0, 64))), ErrorKind::kInvalidModel, "ChunkMetadataMissing");
  CHECK_FAILS(JoinChunks(SharedBytes(whole.substr(0, whole.size() / 2))), ErrorKind::kInvalidModel, "RiegeliTruncated");
  CHECK_FAILS(JoinChunks(SharedBytes(whole.substr(0, 30))), ErrorKind::kInvalidModel, "RiegeliBadSignature");
  CHECK_FAILS(JoinChunks(SharedBytes()), ErrorKind::kInvalidModel, "RiegeliBadSignature");
}

TEST_CASE("any flipped bit of a compressed file is an error or harmless, never a crash") {
  const std::string whole = ChunkedFile("chunked_brotli");
  for (size_t at = 0; at < whole.size(); at += 1 + at / 300) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << at % 8));
    const auto joined = JoinChunks(SharedBytes(bytes));
    if (!joined.ok()) CHECK(joined.error().kind() != ErrorKind::kInternal);
  }
}

// A message opened, changed and written.
TEST_CASE("a wire message merges, enters and writes as protobuf would") {
  const google::protobuf::Descriptor& type = *tensorflow::MetaGraphDef::descriptor();
  WireMessage message(type);
  REQUIRE_OK(message.Merge(SharedBytes(BytesOf<tensorflow::MetaGraphDef>(R"(
      graph_def { node { name: "a" } node { } } meta_info_def { tags: "serve" })"))));
  REQUIRE_OK(message.Merge(SharedBytes(BytesOf<tensorflow::MetaGraphDef>(R"(
      graph_def { node { name: "c" } versions { producer: 3 } } meta_info_def { tags: "tpu" })"))));
  const auto field = [](const google::protobuf::Descriptor& in, const char* name) { return in.FindFieldByName(name); };
  WireMessage* graph = Value(message.Enter(*field(type, "graph_def")));
  const google::protobuf::FieldDescriptor& nodes = *field(graph->type(), "node");
  WireMessage* second = Value(graph->EnterElement(nodes, 1));
  second->SetBytes(*field(second->type(), "name"), SharedBytes(std::string("b")));
  const google::protobuf::FieldDescriptor& attrs = *field(second->type(), "attr");
  std::string key;
  AppendBytesField(1, "value", key);
  WireMessage* attr = Value(second->EnterEntry(attrs, key));
  attr->SetBytes(*field(attr->type(), "s"), SharedBytes(std::string("text")));
  CHECK(Value(second->EnterEntry(attrs, key)) == attr);
  CHECK_FAILS(graph->EnterElement(nodes, uint64_t{1} << 40), ErrorKind::kInvalidModel, "ChunkPathInvalid");
  WireMessage* fifth = Value(graph->EnterElement(nodes, 4));
  fifth->SetBytes(*field(fifth->type(), "name"), SharedBytes(std::string("e")));
  std::string bytes;
  message.Write(bytes);
  CHECK(bytes.size() == message.Size());
  tensorflow::MetaGraphDef def;
  REQUIRE(def.ParseFromString(bytes));
  CHECK(def.meta_info_def().tags_size() == 2);
  CHECK(def.graph_def().versions().producer() == 3);
  REQUIRE(def.graph_def().node_size() == 5);
  CHECK(def.graph_def().node(1).name() == "b");
  CHECK(def.graph_def().node(1).attr().at("value").s() == "text");
  CHECK(def.graph_def().node(2).name() == "c");
  CHECK(def.graph_def().node(4).name() == "e");
}

}  // namespace
}  // namespace smcli
