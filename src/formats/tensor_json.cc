#include "formats/tensor_json.h"

#include <complex>

#include "base/base64.h"
#include "tensor/numbers.h"

namespace smcli {

namespace {

void WriteComplex(std::complex<double> value, bool single, JsonWriter& json) {
  json.BeginArray(JsonWriter::Layout::kLine);
  for (double part : {value.real(), value.imag()}) {
    if (single) {
      json.Float(static_cast<float>(part));
    } else {
      json.Double(part);
    }
  }
  json.EndArray();
}

void WriteString(const std::string& text, TensorJsonStyle style, JsonWriter& json) {
  if (style == TensorJsonStyle::kText) return json.String(text);
  json.BeginObject(JsonWriter::Layout::kLine);
  json.Key("b64");
  json.String(Base64Encode(text));
  json.EndObject();
}

void WriteElement(const Tensor& tensor, int64_t at, TensorJsonStyle style, JsonWriter& json) {
  const DataType dtype = tensor.dtype();
  if (dtype == DataType::kString) {
    WriteString(tensor.data<std::string>()[at], style, json);
  } else if (dtype == DataType::kBool) {
    json.Bool(tensor.data<uint8_t>()[at] != 0);
  } else if (IsIntegral(dtype)) {
    int64_t value = 0;
    ReadInts(tensor, at, {&value, 1});
    if (dtype == DataType::kUint64) {
      json.Uint(static_cast<uint64_t>(value));
    } else {
      json.Int(value);
    }
  } else if (IsReal(dtype)) {
    double value = 0;
    ReadDoubles(tensor, at, {&value, 1});
    if (dtype == DataType::kDouble) {
      json.Double(value);
    } else {
      json.Float(static_cast<float>(value));
    }
  } else if (IsComplex(dtype)) {
    std::complex<double> value;
    ReadComplexes(tensor, at, {&value, 1});
    WriteComplex(value, dtype == DataType::kComplex64, json);
  } else {
    json.Null();
  }
}

// A rank is at most kMaxRank, so the recursion is bounded. `at` is the flat index of the first element.
void WriteLevel(const Tensor& tensor, int axis, int64_t at, TensorJsonStyle style, JsonWriter& json) {
  if (axis == tensor.rank()) return WriteElement(tensor, at, style, json);
  const bool innermost = axis + 1 == tensor.rank();
  const int64_t step = tensor.shape().Product(axis + 1, tensor.rank());
  json.BeginArray(innermost ? JsonWriter::Layout::kLine : JsonWriter::Layout::kLines);
  for (int64_t i = 0; i < tensor.dim(axis); ++i) WriteLevel(tensor, axis + 1, at + i * step, style, json);
  json.EndArray();
}

}  // namespace

void WriteTensorJson(const Tensor& tensor, TensorJsonStyle style, JsonWriter& json) {
  WriteLevel(tensor, 0, 0, style, json);
}

void WriteRowJson(const Tensor& tensor, int64_t row, TensorJsonStyle style, JsonWriter& json) {
  WriteLevel(tensor, 1, row * tensor.shape().Product(1, tensor.rank()), style, json);
}

}  // namespace smcli
