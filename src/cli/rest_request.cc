#include "cli/rest_request.h"

#include <fmt/format.h>

#include <utility>

#include "base/base64.h"
#include "base/json.h"
#include "base/utf8.h"
#include "formats/tensor_json.h"

namespace smcli {

namespace {

// {"b64": "..."} and nothing else.
const Json* Base64Of(const Json& json) {
  const Json::Object* object = json.object();
  return object && object->size() == 1 && (*object)[0].first == "b64" ? &(*object)[0].second : nullptr;
}

// Instances that name their inputs: one list per name.
Result<InputValues> FromNamedRows(const Json::Array& instances, std::string_view place) {
  std::map<std::string, PythonValue::List> columns;
  for (size_t i = 0; i < instances.size(); ++i) {
    const Json::Object* object = instances[i].object();
    if (!object || Base64Of(instances[i]) || (i > 0 && object->size() != columns.size())) {
      return UsageError("{}: instance {} does not have the inputs of the first", place, i);
    }
    for (const auto& [name, json] : *object) {
      if (i > 0 && !columns.contains(name)) {
        return UsageError("{}: instance {} has an input {} that the first lacks", place, i, Quoted(name));
      }
      SMCLI_ASSIGN_OR_RETURN(PythonValue value, PythonFromJson(json).Annotate(place));
      columns[name].items.push_back(std::move(value));
    }
  }
  InputValues values;
  for (auto& [name, list] : columns) values[name] = InputValue::Json(std::string(place), PythonValue(std::move(list)));
  return values;
}

Result<InputValues> FromInstances(const Json& instances, std::string_view place) {
  const Json::Array* rows = instances.array();
  if (!rows || rows->empty()) return UsageError("{}: \"instances\" must be a list that is not empty", place);
  if (rows->front().object() && !Base64Of(rows->front())) return FromNamedRows(*rows, place);
  InputValues values;
  SMCLI_ASSIGN_OR_RETURN(PythonValue value, PythonFromJson(instances).Annotate(place));
  values[""] = InputValue::Json(std::string(place), std::move(value));
  return values;
}

Result<InputValues> FromInputs(const Json& inputs, std::string_view place) {
  InputValues values;
  if (inputs.object() && !Base64Of(inputs)) {
    for (const auto& [name, json] : *inputs.object()) {
      SMCLI_ASSIGN_OR_RETURN(PythonValue value, PythonFromJson(json).Annotate(place));
      values[name] = InputValue::Json(std::string(place), std::move(value));
    }
    return values;
  }
  SMCLI_ASSIGN_OR_RETURN(PythonValue value, PythonFromJson(inputs).Annotate(place));
  values[""] = InputValue::Json(std::string(place), std::move(value));
  return values;
}

TensorJsonStyle StyleOf(const TensorSpec& spec) {
  return spec.key.ends_with("_bytes") ? TensorJsonStyle::kBase64 : TensorJsonStyle::kText;
}

}  // namespace

Result<PythonValue> PythonFromJson(const Json& json) {
  if (json.is_null()) return PythonValue();
  if (const bool* v = json.boolean()) return PythonValue(*v);
  if (json.is_integer()) {
    if (const auto v = json.integer()) return PythonValue(*v);
    return PythonValue(*json.unsigned_integer());
  }
  if (const std::string* v = json.string()) return PythonValue(*v);
  if (const auto v = json.number()) return PythonValue(*v);
  if (const Json* text = Base64Of(json)) {
    std::optional<std::string> bytes = text->string() ? Base64Decode(*text->string()) : std::nullopt;
    if (!bytes) return UsageError("\"b64\" holds no base64 text");
    return PythonValue(PythonValue::Bytes{*std::move(bytes)});
  }
  if (const Json::Array* array = json.array()) {
    PythonValue::List list;
    list.items.reserve(array->size());
    for (const Json& item : *array) {
      SMCLI_ASSIGN_OR_RETURN(PythonValue value, PythonFromJson(item));
      list.items.push_back(std::move(value));
    }
    return PythonValue(std::move(list));
  }
  PythonValue::Dict dict;
  for (const auto& [name, item] : *json.object()) {
    SMCLI_ASSIGN_OR_RETURN(PythonValue value, PythonFromJson(item));
    dict.entries.emplace_back(PythonValue(name), std::move(value));
  }
  return PythonValue(std::move(dict));
}

Result<RestRequest> ParseRestRequest(std::string_view body, std::string_view place) {
  const Result<Json> json = Json::Parse(body);
  if (!json.ok()) return UsageError("{}: {}", place, json.error().message());
  const Json* instances = json->Find("instances");
  const Json* inputs = json->Find("inputs");
  if ((instances != nullptr) == (inputs != nullptr)) {
    return UsageError("{}: a request holds either \"instances\" or \"inputs\"", place);
  }
  RestRequest request;
  request.rows = instances != nullptr;
  if (const Json* name = json->Find("signature_name")) {
    if (!name->string()) return UsageError("{}: \"signature_name\" must be a string", place);
    request.signature_name = *name->string();
  }
  SMCLI_ASSIGN_OR_RETURN(request.values, instances ? FromInstances(*instances, place) : FromInputs(*inputs, place));
  return request;
}

Result<std::string> RestResponse(std::span<const TensorSpec> specs, std::span<const Tensor> outputs, bool rows) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  json.Key(rows ? "predictions" : "outputs");
  if (!rows) {
    if (outputs.size() != 1) json.BeginObject();
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (outputs.size() != 1) json.Key(specs[i].key);
      WriteTensorJson(outputs[i], StyleOf(specs[i]), json);
    }
    if (outputs.size() != 1) json.EndObject();
  } else {
    const int64_t count = outputs.empty() || outputs[0].rank() == 0 ? -1 : outputs[0].dim(0);
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i].rank() == 0 || outputs[i].dim(0) != count) {
        return UsageError("output {} of shape {} has no row per example; ask with \"inputs\" instead of \"instances\"",
                          Quoted(specs[i].key), outputs[i].shape().ToString());
      }
    }
    json.BeginArray();
    for (int64_t row = 0; row < count; ++row) {
      if (outputs.size() != 1) json.BeginObject(JsonWriter::Layout::kLine);
      for (size_t i = 0; i < outputs.size(); ++i) {
        if (outputs.size() != 1) json.Key(specs[i].key);
        WriteRowJson(outputs[i], row, StyleOf(specs[i]), json);
      }
      if (outputs.size() != 1) json.EndObject();
    }
    json.EndArray();
  }
  json.EndObject();
  return text + "\n";
}

}  // namespace smcli
