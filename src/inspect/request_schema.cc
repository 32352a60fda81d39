#include "inspect/request_schema.h"

#include <fmt/format.h>

#include "base/json.h"
#include "inspect/describe_signature.h"
#include "inspect/request_example.h"
#include "inspect/tensor_text.h"

namespace smcli {
namespace {

constexpr int kDeepest = 16;  // arrays nested deeper are described as "array"

class SchemaWriter {
 public:
  explicit SchemaWriter(std::string& out) : json(out) {}

  void Text(std::string_view key, std::string_view value) {
    json.Key(key);
    json.String(value);
  }
  void Begin(std::string_view key) {
    json.Key(key);
    json.BeginObject();
  }
  void BeginList(std::string_view key) {
    json.Key(key);
    json.BeginArray();
  }

  // The schema of one tensor, without its first dimension where `row` says so.
  void Tensor(const TensorSpec& spec, bool row) {
    json.BeginObject();
    Text("description", TypeText(DtypeText(spec.dtype, spec.dtype_number), spec.shape));
    const std::span<const int64_t> dims = spec.shape.dims();
    if (!spec.shape.known_rank() || dims.size() > kDeepest) {
      json.EndObject();
      return;
    }
    Nested(spec, dims.subspan(row && !dims.empty() ? 1 : 0));
    json.EndObject();
  }

  // {"type": "object", "properties": {...}, "required": [...]} of all tensors.
  void Tensors(std::span<const TensorSpec> specs, const Signature* with_defaults, bool row) {
    json.BeginObject();
    Text("type", "object");
    Begin("properties");
    for (const TensorSpec& spec : specs) {
      json.Key(spec.key);
      Tensor(spec, row);
    }
    json.EndObject();
    json.Key("required");
    json.BeginArray(JsonWriter::Layout::kLine);
    for (const TensorSpec& spec : specs) {
      if (!with_defaults || !with_defaults->FindDefault(spec.key)) json.String(spec.key);
    }
    json.EndArray();
    json.EndObject();
  }

  JsonWriter json;

 private:
  void Nested(const TensorSpec& spec, std::span<const int64_t> dims) {
    if (dims.empty()) return Element(spec);
    Text("type", "array");
    if (dims[0] >= 0) {
      json.Key("minItems");
      json.Int(dims[0]);
      json.Key("maxItems");
      json.Int(dims[0]);
    }
    Begin("items");
    Nested(spec, dims.subspan(1));
    json.EndObject();
  }

  void Element(const TensorSpec& spec) {
    if (spec.dtype == DataType::kString && spec.key.ends_with("_bytes")) {
      Text("type", "object");
      Begin("properties");
      Begin("b64");
      Text("type", "string");
      Text("contentEncoding", "base64");
      json.EndObject();
      json.EndObject();
    } else if (spec.dtype == DataType::kString) {
      Text("type", "string");
    } else if (spec.dtype == DataType::kBool) {
      Text("type", "boolean");
    } else {
      Text("type", kInts.Contains(spec.dtype) || kQuantized.Contains(spec.dtype) ? "integer" : "number");
    }
  }
};

// {"type": "array", "items": ...}, where `item` writes the schema of an item.
template <typename Item>
void WriteArray(SchemaWriter& schema, Item item) {
  schema.json.BeginObject();
  schema.Text("type", "array");
  schema.json.Key("items");
  item();
  schema.json.EndObject();
}

// Rows: an object per example, or the bare tensor of an only one. Columns likewise.
void WriteTensorsOrOne(SchemaWriter& schema, std::span<const TensorSpec> specs, const Signature* defaults, bool row) {
  if (specs.size() != 1) return schema.Tensors(specs, defaults, row);
  schema.json.BeginObject();
  schema.BeginList("anyOf");
  schema.Tensors(specs, defaults, row);
  schema.Tensor(specs[0], row);
  schema.json.EndArray();
  schema.json.EndObject();
}

void WriteSignatureName(const Signature& signature, SchemaWriter& schema) {
  schema.Begin("signature_name");
  schema.Text("const", signature.key);
  schema.json.EndObject();
}

void WriteRequest(const Signature& signature, SchemaWriter& schema) {
  const std::vector<TensorSpec> inputs = FlattenSpecs(signature.inputs);
  schema.json.BeginObject();
  schema.Text("type", "object");
  schema.Begin("properties");
  WriteSignatureName(signature, schema);
  const bool predict = VerbOf(signature) == "predict";
  if (!predict) {
    schema.json.Key("examples");
    WriteArray(schema, [&] {
      schema.json.BeginObject();
      schema.Text("type", "object");
      schema.Text("description", "a tf.Example: feature names and values");
      schema.json.EndObject();
    });
  } else {
    if (HasRowFormat(signature)) {
      schema.json.Key("instances");
      WriteArray(schema, [&] { WriteTensorsOrOne(schema, inputs, &signature, true); });
    }
    schema.json.Key("inputs");
    WriteTensorsOrOne(schema, inputs, &signature, false);
  }
  schema.json.EndObject();
  if (signature.key != kDefaultSignature) {
    schema.json.Key("required");
    schema.json.BeginArray(JsonWriter::Layout::kLine);
    schema.json.String("signature_name");
    schema.json.EndArray();
  }
  schema.json.EndObject();
}

void WriteResponse(const Signature& signature, SchemaWriter& schema) {
  const std::vector<TensorSpec> outputs = FlattenSpecs(signature.outputs);
  schema.json.BeginObject();
  schema.Text("type", "object");
  schema.Begin("properties");
  if (VerbOf(signature) != "predict") {
    schema.json.Key("results");
    WriteArray(schema, [&] {
      schema.json.BeginObject();
      schema.json.EndObject();
    });
  } else {
    schema.json.Key("predictions");
    WriteArray(schema,
               [&] { outputs.size() == 1 ? schema.Tensor(outputs[0], true) : schema.Tensors(outputs, nullptr, true); });
    schema.json.Key("outputs");
    outputs.size() == 1 ? schema.Tensor(outputs[0], false) : schema.Tensors(outputs, nullptr, false);
  }
  schema.json.EndObject();
  schema.json.EndObject();
}

// {"application/json": {"schema": {"anyOf": [one per signature of the verb]}}}
void WriteContent(std::span<const Signature> signatures, std::string_view verb, SchemaWriter& schema,
                  void (*write)(const Signature&, SchemaWriter&)) {
  schema.Begin("content");
  schema.Begin("application/json");
  schema.Begin("schema");
  schema.BeginList("anyOf");
  for (const Signature& signature : signatures) {
    if (!signature.internal() && VerbOf(signature) == verb) write(signature, schema);
  }
  schema.json.EndArray();
  schema.json.EndObject();
  schema.json.EndObject();
  schema.json.EndObject();
}

void WriteOperation(std::span<const Signature> signatures, std::string_view verb, std::string_view model,
                    SchemaWriter& schema) {
  schema.Begin(fmt::format("/v1/models/{}:{}", model, verb));
  schema.Begin("post");
  schema.Text("operationId", verb);
  schema.Begin("requestBody");
  WriteContent(signatures, verb, schema, WriteRequest);
  schema.json.EndObject();
  schema.Begin("responses");
  schema.Begin("200");
  schema.Text("description", "the outputs");
  WriteContent(signatures, verb, schema, WriteResponse);
  schema.json.EndObject();
  schema.json.EndObject();
  schema.json.EndObject();
  schema.json.EndObject();
}

void WriteStatus(std::string_view model, SchemaWriter& schema) {
  schema.Begin(fmt::format("/v1/models/{}", model));
  schema.Begin("get");
  schema.Text("operationId", "status");
  schema.Begin("responses");
  schema.Begin("200");
  schema.Text("description", "the state of each version");
  schema.json.EndObject();
  schema.json.EndObject();
  schema.json.EndObject();
  schema.json.EndObject();
}

}  // namespace

std::string RequestSchema(const Signature& signature, std::string_view model) {
  std::string out;
  SchemaWriter schema(out);
  schema.json.BeginObject();
  schema.Text("$schema", "https://json-schema.org/draft/2020-12/schema");
  schema.Text("title", fmt::format("{}: {}", model, signature.key));
  schema.Text("$ref", "#/$defs/request");
  schema.Begin("$defs");
  schema.json.Key("request");
  WriteRequest(signature, schema);
  schema.json.Key("response");
  WriteResponse(signature, schema);
  schema.json.EndObject();
  schema.json.EndObject();
  return out + "\n";
}

std::string OpenApiDocument(std::span<const Signature> signatures, std::string_view model) {
  std::string out;
  SchemaWriter schema(out);
  schema.json.BeginObject();
  schema.Text("openapi", "3.1.0");
  schema.Begin("info");
  schema.Text("title", model);
  schema.Text("version", "1");
  schema.json.EndObject();
  schema.Begin("paths");
  for (const std::string_view verb : {"predict", "classify", "regress"}) {
    for (const Signature& signature : signatures) {
      if (signature.internal() || VerbOf(signature) != verb) continue;
      WriteOperation(signatures, verb, model, schema);
      break;
    }
  }
  WriteStatus(model, schema);
  schema.json.EndObject();
  schema.json.EndObject();
  return out + "\n";
}

}  // namespace smcli
