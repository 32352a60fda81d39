// DecodeJSONExample: tf.train.Example in protobuf's JSON form, as the bytes of the message.
#include <cstring>
#include <string>

#include "base/base64.h"
#include "base/json.h"
#include "base/wire.h"
#include "ops/op.h"

namespace smcli {
namespace {

Error Unexpected(std::string_view what, const Json& value) {
  return ModelError("error while parsing JSON: {} cannot be {}", what, value.KindName());
}

// A member under its name in either spelling; null where it is absent or null.
const Json* Member(const Json& object, std::string_view camel, std::string_view snake) {
  const Json* value = object.Find(camel);
  if (value == nullptr) value = object.Find(snake);
  return value == nullptr || value->is_null() ? nullptr : value;
}

Result<std::string> BytesValues(const Json::Array& values) {
  std::string list;
  for (const Json& value : values) {
    const auto bytes = value.string() ? Base64Decode(*value.string()) : std::nullopt;
    if (!bytes) return Unexpected("a value of bytesList", value);
    AppendBytesField(1, *bytes, list);
  }
  return list;
}

// The key of field 1, of 4 bytes or a varint. Values stand one by one, not packed: so does protobuf's converter from
// JSON, whose bytes these are to be.
constexpr char kFixed32Key = 1 << 3 | 5;
constexpr char kVarintKey = 1 << 3 | 0;

Result<std::string> FloatValues(const Json::Array& values) {
  std::string list;
  for (const Json& value : values) {
    const auto number = value.number();
    if (!number) return Unexpected("a value of floatList", value);
    const auto single = static_cast<float>(*number);
    list += kFixed32Key;
    list.append(reinterpret_cast<const char*>(&single), sizeof single);
  }
  return list;
}

Result<std::string> IntValues(const Json::Array& values) {
  std::string list;
  for (const Json& value : values) {
    auto number = value.integer();
    if (value.string() != nullptr) {
      // 64-bit integers are strings in protobuf's JSON.
      const auto inner = Json::Parse(*value.string());
      if (inner.ok()) number = inner->integer();
    }
    if (!number) return Unexpected("a value of int64List", value);
    list += kVarintKey;
    AppendVarint(static_cast<uint64_t>(*number), list);
  }
  return list;
}

Result<std::string> FeatureMessage(const Json& feature) {
  struct Kind {
    uint32_t number;
    std::string_view camel, snake;
    Result<std::string> (*values)(const Json::Array&);
  };
  static constexpr Kind kKinds[] = {{1, "bytesList", "bytes_list", BytesValues},
                                    {2, "floatList", "float_list", FloatValues},
                                    {3, "int64List", "int64_list", IntValues}};
  std::string message;
  for (const Kind& kind : kKinds) {
    const Json* list = Member(feature, kind.camel, kind.snake);
    if (list == nullptr) continue;
    const Json* values = Member(*list, "value", "value");
    if (list->object() == nullptr || (values != nullptr && values->array() == nullptr))
      return Unexpected(kind.camel, *list);
    SMCLI_ASSIGN_OR_RETURN(const std::string bytes, kind.values(values ? *values->array() : Json::Array()));
    AppendBytesField(kind.number, bytes, message);
  }
  return message;
}

Result<std::string> ExampleMessage(const Json& example) {
  if (example.object() == nullptr) return Unexpected("an Example", example);
  for (const auto& [name, value] : *example.object()) {
    if (name != "features") return ModelError("error while parsing JSON: an Example has no field '{}'", name);
  }
  std::string map;
  const Json* features = Member(example, "features", "features");
  const Json* entries = features ? Member(*features, "feature", "feature") : nullptr;
  if (entries != nullptr) {
    if (entries->object() == nullptr) return Unexpected("the features", *entries);
    for (const auto& [key, value] : *entries->object()) {
      if (value.object() == nullptr) return Unexpected("a Feature", value);
      SMCLI_ASSIGN_OR_RETURN(const std::string feature, FeatureMessage(value));
      std::string entry;
      AppendBytesField(1, key, entry);
      AppendBytesField(2, feature, entry);
      AppendBytesField(1, entry, map);
    }
  }
  std::string message;
  if (features != nullptr) AppendBytesField(1, map, message);
  return message;
}

Status DecodeJsonExample(KernelContext& ctx) {
  const Tensor& input = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kString, input.shape()));
  std::string* bytes = output->mutable_data<std::string>();
  for (const std::string& text : input.flat<std::string>()) {
    auto json = Json::Parse(text);
    if (!json.ok()) return ModelError("error while parsing JSON: {}", json.error().message());
    SMCLI_ASSIGN_OR_RETURN(*bytes++, ExampleMessage(*json));
  }
  return {};
}

constexpr Op kOps[] = {
    {.name = "DecodeJSONExample", .types = {}, .make = MakeFunctionKernel<DecodeJsonExample>},
};

}  // namespace

std::span<const Op> DecodeJsonExampleOps() { return kOps; }

}  // namespace smcli
