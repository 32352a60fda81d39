// Damage of the checkpoint: its index, its data files, what they hold, and whether that fits the graph.
#include <algorithm>
#include <limits>

#include "check/faulty_model.h"
#include "checkpoint/bundle_reader.h"
#include "checkpoint/bundle_writer.h"
#include "table/table.h"
#include "table/table_builder.h"
#include "tensor_bundle.pb.h"

namespace smcli {
namespace {

constexpr char kIndex[] = "variables/variables.index";
constexpr char kData[] = "variables/variables.data-00000-of-00001";

// All tensors of a model's checkpoint, changed and written again.
using Tensors = std::map<std::string, Tensor>;
void EditCheckpoint(FaultyModel& model, const std::function<void(Tensors&)>& edit) {
  Tensors tensors;
  {
    const auto reader = Value(BundleReader::Open(model.files(), "m/variables/variables"));
    for (const BundleEntry& entry : reader->entries()) tensors[std::string(entry.key)] = Value(reader->Read(entry));
    edit(tensors);
    BundleWriter writer(model.files(), "m/new");
    for (const auto& [key, tensor] : tensors) REQUIRE_OK(writer.Add(key, tensor));
    REQUIRE_OK(writer.Finish());
  }
  model.File(kIndex) = model.File("new.index");
  model.File(kData) = model.File("new.data-00000-of-00001");
  model.Remove("new.index");
  model.Remove("new.data-00000-of-00001");
}

TEST_CASE("an index that is damaged, cut off, empty or no index") {
  const auto one = [](const std::function<void(std::string&)>& damage) {
    FaultyModel model("half_plus_two");
    damage(model.File(kIndex));
    CheckFinds(model, "CHECKPOINT_INDEX_READABLE", {"m/variables/variables.index"});
  };
  one([](std::string& bytes) { bytes.clear(); });
  one([](std::string& bytes) { bytes.resize(100); });
  one([](std::string& bytes) { bytes[10] ^= 1; });
  one([](std::string& bytes) { bytes.back() ^= 1; });
  one([](std::string& bytes) { bytes = "not an index, and long enough to be looked at as one by a reader"; });
}

TEST_CASE("files of the checkpoint that are not there") {
  FaultyModel index("half_plus_two");
  index.Remove(kIndex);
  CheckFinds(index, "CHECKPOINT_INDEX_PRESENT", {"m/variables/variables.index"});
  FaultyModel data("half_plus_two");
  data.Remove(kData);
  CheckFinds(data, "CHECKPOINT_SHARD_PRESENT", {"data-00000-of-00001", "is missing"});
  FaultyModel folder("half_plus_two");
  folder.Remove(kData);
  folder.files().directories.insert(std::string("m/") + kData);
  CheckFinds(folder, "CHECKPOINT_SHARD_PRESENT", {"data-00000-of-00001", "is a folder"});
  FaultyModel second("sharded");
  second.Remove("variables/variables.data-00001-of-00003");
  CheckFinds(second, "CHECKPOINT_SHARD_PRESENT", {"data-00001-of-00003"});
  for (const char* name : {"half_plus_two", "half_plus_two_v1"}) {
    INFO(name);
    FaultyModel all(name);
    all.Remove(kIndex);
    all.Remove(kData);
    CheckFinds(all, "CHECKPOINT_PRESENT", {"m/variables/variables.index"});
  }
}

TEST_CASE("data files that end early, go on, or belong to another save") {
  for (const char* name : {"half_plus_two", "half_plus_two_v1"}) {
    for (const size_t missing : {size_t{1}, size_t{4}, size_t{8}}) {
      INFO(name << " " << missing);
      FaultyModel model(name);
      model.File(kData).resize(model.File(kData).size() - missing);
      CheckFinds(model, "CHECKPOINT_ENTRY_IN_SHARD", {"data-00000-of-00001", "the file ends"});
    }
  }
  FaultyModel longer("half_plus_two");
  longer.File(kData) += "12345678";
  CheckFinds(longer, "CHECKPOINT_SHARD_LENGTH", {"info", "8 more bytes"});
  for (const char* stray :
       {"variables/variables.data-00001-of-00002", "variables/variables.data-00000-of-00001.tempstate12"}) {
    INFO(stray);
    FaultyModel model("half_plus_two");
    model.Put(stray, "old");
    CheckFinds(model, "CHECKPOINT_NO_STRAY_SHARD", {"warning", stray});
  }
}

TEST_CASE("flipped bits are found in numbers and in strings, with --deep") {
  for (const size_t at : {size_t{0}, size_t{5}}) {
    FaultyModel model("half_plus_two_v1");
    model.File(kData)[at] ^= 1;
    CheckFinds(model, "CHECKPOINT_CHECKSUM", {"data-00000-of-00001", "tensor ", "checksum mismatch"});
    CHECK(Value(model.Check({}, false)).findings.size() == 1);  // the note on an unread input
  }
  FaultyModel strings("half_plus_two");
  strings.File(kData).back() ^= 1;
  CheckFinds(strings, "CHECKPOINT_CHECKSUM", {"_CHECKPOINTABLE_OBJECT_GRAPH", "checksum mismatch"});
  FaultyModel slice("sharded");
  slice.File("variables/variables.data-00001-of-00003")[0] ^= 1;
  CheckFinds(slice, "CHECKPOINT_CHECKSUM", {"data-00001-of-00003"});
}

TEST_CASE("weights that are no numbers") {
  const auto one = [](float value, const std::string& text) {
    FaultyModel model("half_plus_two");
    EditCheckpoint(model,
                   [&](Tensors& tensors) { tensors.at("a/.ATTRIBUTES/VARIABLE_VALUE") = Tensor::Scalar(value); });
    CheckFinds(model, "CHECKPOINT_VALUES_FINITE", {"warning", "tensor a/", text});
  };
  one(std::numeric_limits<float>::quiet_NaN(), "1 NaN among 1 elements");
  one(-std::numeric_limits<float>::infinity(), "1 infinite among 1 elements");
}

TEST_CASE("the checkpoint against the graph") {
  FaultyModel gone("half_plus_two");
  EditCheckpoint(gone, [](Tensors& tensors) { tensors.erase("a/.ATTRIBUTES/VARIABLE_VALUE"); });
  CheckFinds(gone, "VARIABLE_HAS_VALUE", {"variable a"});
  FaultyModel dtype("half_plus_two");
  EditCheckpoint(dtype,
                 [](Tensors& tensors) { tensors.at("a/.ATTRIBUTES/VARIABLE_VALUE") = Tensor::Scalar<int32_t>(1); });
  CheckFinds(dtype, "VARIABLE_DTYPE_MATCHES", {"variable a", "float32", "int32"});
  FaultyModel shape("half_plus_two");
  EditCheckpoint(shape, [](Tensors& tensors) {
    tensors.at("a/.ATTRIBUTES/VARIABLE_VALUE") = Tensor::Vector<float>(std::vector<float>{1, 2, 3});
  });
  CheckFinds(shape, "VARIABLE_SHAPE_MATCHES", {"variable a", "[3]"});
  FaultyModel orphan("half_plus_two");
  EditCheckpoint(orphan, [](Tensors& tensors) { tensors["orphan"] = Tensor::Scalar(1.0f); });
  CheckFinds(orphan, "CHECKPOINT_ENTRY_USED", {"warning", "tensor orphan"});
}

// Takes the first assignment out of the function that restores.
void DropAssignment(tensorflow::GraphDef& graph) {
  for (tensorflow::FunctionDef& function : *graph.mutable_library()->mutable_function()) {
    auto& nodes = *function.mutable_node_def();
    const auto has_op = [](std::string_view op) { return [op](const auto& node) { return node.op() == op; }; };
    if (std::ranges::none_of(nodes, has_op("RestoreV2"))) continue;
    const auto assign = std::ranges::find_if(nodes, has_op("AssignVariableOp"));
    REQUIRE(assign != nodes.end());
    const std::string control = "^" + assign->name();
    function.clear_control_ret();
    function.mutable_signature()->clear_control_output();
    nodes.erase(assign);
    for (tensorflow::NodeDef& node : nodes) {
      auto& inputs = *node.mutable_input();
      inputs.erase(std::remove(inputs.begin(), inputs.end(), control), inputs.end());
    }
    return;
  }
  FAIL("no function restores");
}

TEST_CASE("a variable that only the object graph restores") {
  FaultyModel model("half_plus_two");
  model.EditGraph(DropAssignment);
  CheckFinds(model, "VARIABLE_RESTORED_BY_OP", {"warning", "variable ", "the restore op does not fill it"});
}

TEST_CASE("the checkpoint against a V1 graph") {
  FaultyModel gone("half_plus_two_v1");
  EditCheckpoint(gone, [](Tensors& tensors) { tensors.erase("a"); });
  CheckFinds(gone, "RESTORE_KEY_EXISTS", {"tensor a"});
  FaultyModel dtype("half_plus_two_v1");
  EditCheckpoint(dtype, [](Tensors& tensors) { tensors.at("a") = Tensor::Scalar<int64_t>(1); });
  CheckFinds(dtype, "VARIABLE_DTYPE_MATCHES", {"variable a", "int64"});
  FaultyModel shape("half_plus_two_v1");
  EditCheckpoint(shape, [](Tensors& tensors) { tensors.at("a") = Tensor::Vector<float>(std::vector<float>{1, 2}); });
  CheckFinds(shape, "VARIABLE_SHAPE_MATCHES", {"variable a", "[2]"});
  FaultyModel orphan("half_plus_two_v1");
  EditCheckpoint(orphan, [](Tensors& tensors) { tensors["orphan"] = Tensor::Scalar(1.0f); });
  CheckFinds(orphan, "CHECKPOINT_ENTRY_USED", {"warning", "tensor orphan"});
}

// The messages of an index, changed and written again with sound checksums: what no saver writes.
using Messages = std::map<std::string, std::string>;
void EditIndex(FaultyModel& model, const std::function<void(Messages&)>& edit) {
  Messages messages;
  {
    const Table table = Value(Table::Open(MappedFile::Of(model.File(kIndex))));
    TableCursor cursor(table);
    while (cursor.Next()) messages[std::string(cursor.key())] = std::string(cursor.value());
    REQUIRE_OK(cursor.TakeStatus());
  }
  edit(messages);
  const auto file = Value(model.files().Create(std::string("m/") + kIndex));
  TableBuilder builder(*file, {});
  for (const auto& [key, value] : messages) REQUIRE_OK(builder.Add(key, value));
  REQUIRE_OK(builder.Finish());
  REQUIRE_OK(file->Commit());
}
void EditEntry(FaultyModel& model, const std::string& key,
               const std::function<void(tensorflow::BundleEntryProto&)>& edit) {
  EditIndex(model, [&](Messages& messages) {
    tensorflow::BundleEntryProto entry;
    REQUIRE(entry.ParseFromString(messages.at(key)));
    edit(entry);
    messages.at(key) = entry.SerializeAsString();
  });
}
void EditHeader(FaultyModel& model, const std::function<void(tensorflow::BundleHeaderProto&)>& edit) {
  EditIndex(model, [&](Messages& messages) {
    tensorflow::BundleHeaderProto header;
    REQUIRE(header.ParseFromString(messages.at("")));
    edit(header);
    messages.at("") = header.SerializeAsString();
  });
}

TEST_CASE("entries that cannot be right") {
  const auto one = [](const std::string& rule, const std::string& text,
                      const std::function<void(tensorflow::BundleEntryProto&)>& edit,
                      const std::vector<std::string>& beside = {}) {
    INFO(text);
    FaultyModel model("half_plus_two_v1");
    EditEntry(model, "b", edit);
    CheckFinds(model, rule, {text}, beside);
  };
  one("CHECKPOINT_ENTRY_IN_SHARD", "byte 8", [](auto& entry) { entry.set_offset(1 << 20); });
  one("CHECKPOINT_ENTRY_IN_SHARD", "tensor b: has 4 bytes at -8", [](auto& entry) { entry.set_offset(-8); });
  one("CHECKPOINT_ENTRY_IN_SHARD", "9223372036854775807", [](auto& entry) { entry.set_offset(INT64_MAX); });
  one("CHECKPOINT_ENTRY_IN_SHARD", "has -4 bytes", [](auto& entry) { entry.set_size(-4); });
  one("CHECKPOINT_ENTRY_IN_SHARD", "lies in data file 7", [](auto& entry) { entry.set_shard_id(7); });
  one("CHECKPOINT_ENTRY_IN_SHARD", "lies in data file -1", [](auto& entry) { entry.set_shard_id(-1); });
  one("CHECKPOINT_ENTRY_SIZE", "has 3 bytes", [](auto& entry) { entry.set_size(3); }, {"CHECKPOINT_CHECKSUM"});
  one("CHECKPOINT_NO_OVERLAP", "overlaps with tensor a", [](auto& entry) { entry.set_offset(2); },
      {"CHECKPOINT_CHECKSUM"});
  one("CHECKPOINT_CHECKSUM", "checksum mismatch", [](auto& entry) { entry.set_crc32c(1); });
  one("CHECKPOINT_ENTRY_DTYPE", "dtype number 77",
      [](auto& entry) { entry.set_dtype(static_cast<tensorflow::DataType>(77)); }, {"VARIABLE_DTYPE_MATCHES"});
  one("CHECKPOINT_INDEX_READABLE", "dimension", [](auto& entry) { entry.mutable_shape()->add_dim()->set_size(-3); });
}

TEST_CASE("slices that are missing") {
  FaultyModel model("v1_partitioned");
  EditIndex(model, [](Messages& messages) {
    for (const auto& [key, value] : messages) {
      if (key.empty() || key[0] != '\0') continue;
      messages.erase(key);
      return;
    }
    FAIL("no slice");
  });
  CheckFinds(model, "CHECKPOINT_SLICES_COMPLETE", {"slice", "is not in the index"}, {"CHECKPOINT_SHARD_LENGTH"});
}

TEST_CASE("a header of the wrong byte order, of more data files than there are, of none") {
  const auto big = [](tensorflow::BundleHeaderProto& header) {
    header.set_endianness(tensorflow::BundleHeaderProto::BIG);
  };
  FaultyModel strings("half_plus_two");
  EditHeader(strings, big);
  CheckFinds(strings, "CHECKPOINT_CHECKSUM", {"error", "variables.index says that it is big-endian"},
             {"CHECKPOINT_BYTE_ORDER", "CHECKPOINT_BYTE_ORDER_FITS"});
  FaultyModel numbers("half_plus_two_v1");
  EditHeader(numbers, big);
  CheckFinds(numbers, "CHECKPOINT_BYTE_ORDER_FITS", {"error", "m/variables/variables.index"},
             {"CHECKPOINT_BYTE_ORDER"});
  FaultyModel many("half_plus_two");
  EditHeader(many, [](auto& header) { header.set_num_shards(2); });
  CheckFinds(many, "CHECKPOINT_SHARD_PRESENT", {"data-00000-of-00002"}, {"CHECKPOINT_NO_STRAY_SHARD"});
  FaultyModel none("half_plus_two");
  EditHeader(none, [](auto& header) { header.set_num_shards(0); });
  CheckFinds(none, "CHECKPOINT_INDEX_READABLE", {"0 data files"});
}

TEST_CASE("entries that all point to the same bytes do not take for ever") {
  FaultyModel model("half_plus_two_v1");
  model.File(kData).resize(1 << 20);
  EditIndex(model, [](Messages& messages) {
    tensorflow::BundleEntryProto entry;
    REQUIRE(entry.ParseFromString(messages.at("b")));
    entry.set_offset(0);
    entry.set_size(1 << 20);
    entry.mutable_shape()->add_dim()->set_size(1 << 18);
    for (int i = 0; i < 20000; ++i) messages[fmt::format("x{:05}", i)] = entry.SerializeAsString();
  });
  CHECK(Value(model.Check()).HasAtLeast(Severity::kError));
}

}  // namespace
}  // namespace smcli
