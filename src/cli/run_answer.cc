#include "cli/run_answer.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/path.h"
#include "base/utf8.h"
#include "formats/tensor_json.h"
#include "report/printers.h"
#include "tensor/print.h"

namespace smcli {

namespace {

void WriteDims(const Shape& shape, JsonWriter& json) {
  json.BeginArray(JsonWriter::Layout::kLine);
  for (int64_t d : shape.dims()) json.Int(d);
  json.EndArray();
}

void WriteDtypeAndShape(const Tensor& tensor, JsonWriter& json) {
  json.Key("dtype");
  json.String(NumpyName(tensor.dtype()));
  json.Key("shape");
  WriteDims(tensor.shape(), json);
}

}  // namespace

std::string AnswerText(const RunAnswer& answer) {
  std::string text;
  for (size_t i = 0; i < answer.outputs.size(); ++i) {
    const Tensor& tensor = answer.tensors[i];
    text += fmt::format("{}{}  {} {}\n{}\n", i == 0 ? "" : "\n", Escaped(answer.outputs[i].key),
                        NumpyName(tensor.dtype()), tensor.shape().ToString(), NumpyText(tensor));
  }
  return text;
}

std::string AnswerAsSavedModelCli(const RunAnswer& answer, const std::string& outdir) {
  std::string text;
  for (size_t i = 0; i < answer.outputs.size(); ++i) {
    const std::string key = Escaped(answer.outputs[i].key);
    text += fmt::format("Result for output key {}:\n{}\n", key, NumpyText(answer.tensors[i]));
    if (!outdir.empty()) text += fmt::format("Output {} is saved to {}\n", key, JoinPath(outdir, key + ".npy"));
  }
  return text;
}

void WriteAnswerJson(const RunAnswer& answer, JsonWriter& json) {
  json.Key("model");
  json.String(answer.model);
  json.Key("target");
  json.String(answer.target);
  json.Key("inputs");
  json.BeginObject();
  for (size_t i = 0; i < answer.inputs.size(); ++i) {
    if (!answer.fed[i].has_value()) continue;
    json.Key(answer.inputs[i].key);
    json.BeginObject(JsonWriter::Layout::kLine);
    WriteDtypeAndShape(answer.fed[i], json);
    json.EndObject();
  }
  json.EndObject();
  json.Key("outputs");
  json.BeginObject();
  for (size_t i = 0; i < answer.outputs.size(); ++i) {
    json.Key(answer.outputs[i].key);
    json.BeginObject();
    WriteDtypeAndShape(answer.tensors[i], json);
    json.Key("value");
    WriteTensorJson(answer.tensors[i], TensorJsonStyle::kText, json);
    json.EndObject();
  }
  json.EndObject();
  WriteMembers(answer.findings, json);
}

void WriteFailureJson(const std::string& model, const Error& error, JsonWriter& json) {
  json.Key("model");
  json.String(model);
  json.Key("error");
  json.BeginObject();
  json.Key("exit");
  json.Int(ExitCode(error.kind()));
  json.Key("message");
  json.String(error.message());
  json.EndObject();
}

}  // namespace smcli
