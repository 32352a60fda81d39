#include "inspect/request_example.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/base64.h"
#include "base/json.h"
#include "base/utf8.h"
#include "inspect/describe_signature.h"

namespace smcli {
namespace {

constexpr int64_t kMostElements = 256;  // of an input that is written out

std::vector<int64_t> ExampleDims(const PartialShape& shape) {
  std::vector<int64_t> dims;
  for (const int64_t dim : shape.dims()) dims.push_back(dim < 0 ? 1 : dim);
  return dims;
}

// Elements, or more than kMostElements where there are more.
int64_t ElementsOf(std::span<const int64_t> dims) {
  if (dims.size() > kMaxRank) return kMostElements + 1;
  int64_t elements = 1;
  for (const int64_t dim : dims) {
    if (dim == 0) return 0;
    if (elements > kMostElements / dim) return kMostElements + 1;
    elements *= dim;
  }
  return elements;
}

void WriteElement(const TensorSpec& spec, JsonWriter& json) {
  if (spec.dtype == DataType::kString) {
    if (!spec.key.ends_with("_bytes")) return json.String("text");
    json.BeginObject(JsonWriter::Layout::kLine);
    json.Key("b64");
    json.String(Base64Encode("bytes"));
    return json.EndObject();
  }
  if (spec.dtype == DataType::kBool) return json.Bool(false);
  if (kFloats.Contains(spec.dtype)) return json.Double(0.0);
  json.Int(0);
}

// Nested arrays; the number of elements, and so the depth of what is not 1, is bounded by kMostElements.
void WriteNested(const TensorSpec& spec, std::span<const int64_t> dims, JsonWriter& json) {
  if (ElementsOf(dims) > kMostElements) {
    return json.String(fmt::format("an array of shape [{}], {}", fmt::join(dims, ","), NumpyName(spec.dtype)));
  }
  if (dims.empty()) return WriteElement(spec, json);
  json.BeginArray(JsonWriter::Layout::kLine);
  for (int64_t i = 0; i < dims[0]; ++i) WriteNested(spec, dims.subspan(1), json);
  json.EndArray();
}

void WritePredictBody(const Signature& signature, JsonWriter& json) {
  const bool rows = HasRowFormat(signature);
  const std::vector<TensorSpec> inputs = FlattenSpecs(signature.inputs);
  json.Key(rows ? "instances" : "inputs");
  if (rows) json.BeginArray();
  json.BeginObject();
  for (const TensorSpec& input : inputs) {
    const std::vector<int64_t> dims = ExampleDims(input.shape);
    json.Key(input.key);
    WriteNested(input, std::span(dims).subspan(rows ? 1 : 0), json);
  }
  json.EndObject();
  if (rows) json.EndArray();
}

std::string RestBody(const Signature& signature) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  json.Key("signature_name");
  json.String(signature.key);
  if (VerbOf(signature) == "predict") {
    WritePredictBody(signature, json);
  } else {
    json.Key("examples");
    json.BeginArray();
    json.BeginObject();
    json.Key("feature");
    json.Double(0.0);
    json.EndObject();
    json.EndArray();
  }
  json.EndObject();
  return text;
}

// The field of TensorProto that holds values of a dtype, in protobuf's JSON spelling.
std::string_view ValueField(DataType dtype) {
  switch (dtype) {
    case DataType::kFloat: return "floatVal";
    case DataType::kDouble: return "doubleVal";
    case DataType::kString: return "stringVal";
    case DataType::kBool: return "boolVal";
    case DataType::kInt64: return "int64Val";
    case DataType::kUint32: return "uint32Val";
    case DataType::kUint64: return "uint64Val";
    case DataType::kHalf:
    case DataType::kBfloat16: return "halfVal";
    case DataType::kComplex64: return "scomplexVal";
    case DataType::kComplex128: return "dcomplexVal";
    default: return "intVal";
  }
}

void WriteTensorProto(const TensorSpec& spec, JsonWriter& json) {
  json.BeginObject(JsonWriter::Layout::kLine);
  json.Key("dtype");
  json.String(EnumName(spec.dtype));
  json.Key("tensorShape");
  json.BeginObject();
  json.Key("dim");
  json.BeginArray();
  for (const int64_t dim : ExampleDims(spec.shape)) {
    json.BeginObject();
    json.Key("size");
    json.String(fmt::format("{}", dim));
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  json.Key(ValueField(spec.dtype));
  json.BeginArray();
  if (spec.dtype == DataType::kString) {
    json.String(Base64Encode("text"));
  } else {
    WriteElement(spec, json);  // a single value stands for all
  }
  json.EndArray();
  json.EndObject();
}

std::string GrpcBody(const Signature& signature, std::string_view model) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  json.Key("modelSpec");
  json.BeginObject(JsonWriter::Layout::kLine);
  json.Key("name");
  json.String(model);
  json.Key("signatureName");
  json.String(signature.key);
  json.EndObject();
  json.Key("inputs");
  json.BeginObject();
  for (const TensorSpec& input : FlattenSpecs(signature.inputs)) {
    json.Key(input.key);
    WriteTensorProto(input, json);
  }
  json.EndObject();
  json.EndObject();
  return text;
}

// In single quotes for a shell.
std::string ShellQuoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

// A path segment of a URL.
std::string UrlEscaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-' || c == '.';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return out;
}

}  // namespace

std::string_view VerbOf(const Signature& signature) {
  if (signature.method_name == "tensorflow/serving/classify") return "classify";
  if (signature.method_name == "tensorflow/serving/regress") return "regress";
  return "predict";
}

bool HasRowFormat(const Signature& signature) {
  const std::vector<TensorSpec> inputs = FlattenSpecs(signature.inputs);
  return !inputs.empty() && std::ranges::all_of(inputs, [](const TensorSpec& input) {
    return input.shape.known_rank() && input.shape.rank() > 0 && input.shape.dim(0) < 0;
  });
}

std::string CurlText(const Signature& signature, std::string_view model) {
  const std::string_view verb = VerbOf(signature);
  std::string out = fmt::format(
      "# REST (port 8501 of tensorflow_model_server --rest_api_port)\n"
      "curl -X POST http://localhost:8501/v1/models/{}:{} -d {}\n",
      UrlEscaped(model), verb, ShellQuoted(RestBody(signature)));
  if (verb == "predict") {
    out += fmt::format(
        "\n# gRPC (port 8500; strings are base64 here)\n"
        "grpcurl -plaintext -proto tensorflow_serving/apis/prediction_service.proto -d {} "
        "localhost:8500 tensorflow.serving.PredictionService/Predict\n",
        ShellQuoted(GrpcBody(signature, model)));
  }
  return out;
}

}  // namespace smcli
