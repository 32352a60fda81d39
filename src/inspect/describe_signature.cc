#include "inspect/describe_signature.h"

#include "inspect/tensor_text.h"
#include "model/spec_text.h"
#include "tensor/print.h"

namespace smcli {
namespace {

Value TypeValue(const TensorSpec& spec) { return Value::Text(DtypeText(spec.dtype, spec.dtype_number)); }

std::string_view EncodingName(const TensorSpec& spec) {
  switch (spec.encoding) {
    case TensorSpec::Encoding::kNone: return "missing";
    case TensorSpec::Encoding::kDense: return "dense";
    case TensorSpec::Encoding::kSparse: return "sparse";
    case TensorSpec::Encoding::kComposite: break;
  }
  if (spec.type_name == "RaggedTensorSpec") return "ragged";
  return spec.type_name.empty() ? std::string_view("composite") : std::string_view(spec.type_name);
}

Value TextOrNothing(std::string_view text) { return text.empty() ? Value() : Value::Text(text); }

// A composite's own line, then its components, named in full, one level deeper.
void AddRows(const TensorSpec& spec, const Signature* with_defaults, Table* table) {
  const TensorSpec whole = WholeSpec(spec);
  std::vector<Value> cells = {Value::Text(spec.key), Value::Text(EncodingName(spec)), TypeValue(whole),
                              ShapeValue(whole.shape), TextOrNothing(spec.tensor_name)};
  if (with_defaults) {
    const Tensor* value = with_defaults->FindDefault(spec.key);
    cells.push_back(value ? Value::Text(NumpyText(*value)) : Value());
  }
  table->Add(std::move(cells));
  for (const TensorSpec& part : spec.components) {
    cells = {Value::Text(spec.key + "/" + part.key), Value::Text(EncodingName(part)), TypeValue(part),
             ShapeValue(part.shape), TextOrNothing(part.tensor_name)};
    if (with_defaults) cells.emplace_back();
    table->Add(std::move(cells), 1);
  }
}

Table SpecTable(std::span<const TensorSpec> specs, const Signature* with_defaults) {
  Table table;
  table.columns = {{"key", "name"}, {"encoding", ""}, {"dtype", "dtype"}, {"shape", "shape"}, {"tensor", "tensor"}};
  if (with_defaults) table.columns.push_back({"default", "default"});
  for (const TensorSpec& spec : specs) {
    if (spec.encoding != TensorSpec::Encoding::kDense) table.columns[1].label = "kind";
    AddRows(spec, with_defaults, &table);
  }
  return table;
}

}  // namespace

std::string MethodText(std::string_view method_name) {
  constexpr std::string_view kPrefix = "tensorflow/serving/";
  if (method_name.empty()) return "-";
  if (method_name.starts_with(kPrefix)) method_name.remove_prefix(kPrefix.size());
  return std::string(method_name);
}

Table SignatureTable(const MetaGraph& meta_graph) {
  Table table;
  table.columns = {{"key", "signature"}, {"inputs", "inputs"}, {"outputs", "outputs"}, {"method", "method"}};
  for (const Signature& signature : meta_graph.signatures()) {
    if (signature.internal()) continue;
    const Signature* defaults = signature.defaults.empty() ? nullptr : &signature;
    table.Add({Value::Text(signature.key),
               Value::WithGist(signature.inputs.empty() ? "-" : SpecsText(signature.inputs),
                               Value::Of(SpecTable(signature.inputs, defaults))),
               Value::WithGist(signature.outputs.empty() ? "-" : SpecsText(signature.outputs),
                               Value::Of(SpecTable(signature.outputs, nullptr))),
               Value::WithGist(MethodText(signature.method_name), Value::Text(signature.method_name))});
  }
  return table;
}

Value::Object DescribeSignature(const Signature& signature) {
  const Signature* defaults = signature.defaults.empty() ? nullptr : &signature;
  Value::Object object;
  object.push_back({"key", "signature", Value::Text(signature.key)});
  object.push_back({"method", "method", Value::Text(signature.method_name)});
  object.push_back({"inputs", "inputs", Value::Of(SpecTable(signature.inputs, defaults))});
  object.push_back({"outputs", "outputs", Value::Of(SpecTable(signature.outputs, nullptr))});
  return object;
}

}  // namespace smcli
