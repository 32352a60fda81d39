#include "cli/tf_examples.h"

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "base/utf8.h"

namespace smcli {

namespace {

// The wire form of example.proto, written by hand: three messages, three lists.
void AppendVarint(uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void AppendField(int number, std::string_view payload, std::string& out) {
  AppendVarint(static_cast<uint64_t>(number) << 3 | 2, out);
  AppendVarint(payload.size(), out);
  out += payload;
}

// Example.features, Features.feature, and the lists' own field, are all number 1.
constexpr int kOnlyField = 1;
constexpr int kMapKey = 1, kMapValue = 2;
constexpr int kBytesList = 1, kFloatList = 2, kInt64List = 3;

Error WrongElement(const PythonValue& element) {
  return UsageError("{} {} is not supported in a tf.Example feature: it takes floats, ints, str or bytes, of one kind",
                    element.TypeName(), Escaped(element.Repr()));
}

bool IsInteger(const PythonValue& value) { return value.integer() || value.boolean(); }

Result<std::string> FloatList(const PythonValue::Items& items) {
  std::string packed;
  for (const PythonValue& item : items) {
    if (!item.real() && !item.integer()) return WrongElement(item);
    const auto value = static_cast<float>(item.real() ? *item.real() : static_cast<double>(*item.integer()));
    char bytes[sizeof(value)];
    std::memcpy(bytes, &value, sizeof(value));
    packed.append(bytes, sizeof(bytes));
  }
  std::string list;
  AppendField(kOnlyField, packed, list);
  return list;
}

Result<std::string> Int64List(const PythonValue::Items& items) {
  std::string packed;
  for (const PythonValue& item : items) {
    if (!IsInteger(item)) return WrongElement(item);
    AppendVarint(static_cast<uint64_t>(item.integer() ? *item.integer() : *item.boolean()), packed);
  }
  std::string list;
  AppendField(kOnlyField, packed, list);
  return list;
}

Result<std::string> BytesList(const PythonValue::Items& items) {
  std::string list;
  for (const PythonValue& item : items) {
    if (!item.text() && !item.bytes()) return WrongElement(item);
    AppendField(kOnlyField, item.text() ? *item.text() : *item.bytes(), list);
  }
  return list;
}

Result<std::string> Feature(std::string_view name, const PythonValue& value) {
  const PythonValue::Items* items = value.list();
  if (!items) {
    return UsageError("feature value must be a list, but {}: {} is a {}", Escaped(name), Quoted(value.Repr()),
                      value.TypeName());
  }
  if (items->empty()) return UsageError("feature {} is an empty list, of no type; leave it out", Quoted(name));
  const PythonValue& first = items->front();
  std::string list, feature;
  if (first.real()) {
    SMCLI_ASSIGN_OR_RETURN(list, FloatList(*items));
    AppendField(kFloatList, list, feature);
  } else if (first.text() || first.bytes()) {
    SMCLI_ASSIGN_OR_RETURN(list, BytesList(*items));
    AppendField(kBytesList, list, feature);
  } else if (IsInteger(first)) {
    SMCLI_ASSIGN_OR_RETURN(list, Int64List(*items));
    AppendField(kInt64List, list, feature);
  } else {
    return WrongElement(first);
  }
  return feature;
}

Result<std::string> Example(const PythonValue& value) {
  if (!value.dict()) {
    return UsageError("a tf.Example must be a dict of features, but {} is a {}", Quoted(value.Repr()),
                      value.TypeName());
  }
  std::map<std::string, std::string> features;
  for (const auto& [name, list] : value.dict()->entries) {
    if (!name.text()) return UsageError("the name of a feature must be a str, not {}", Escaped(name.Repr()));
    SMCLI_ASSIGN_OR_RETURN(features[*name.text()], Feature(*name.text(), list));
  }
  std::string all, example;
  for (const auto& [name, feature] : features) {
    std::string entry;
    AppendField(kMapKey, name, entry);
    AppendField(kMapValue, feature, entry);
    AppendField(kOnlyField, entry, all);
  }
  AppendField(kOnlyField, all, example);
  return example;
}

}  // namespace

Result<Tensor> SerializeExamples(const PythonValue& examples) {
  if (!examples.list()) {
    return UsageError("tf.Example input must be a list of dicts, but {} is a {}", Quoted(examples.Repr()),
                      examples.TypeName());
  }
  std::vector<std::string> messages;
  for (const PythonValue& example : *examples.list()) {
    SMCLI_ASSIGN_OR_RETURN(std::string message, Example(example));
    messages.push_back(std::move(message));
  }
  const Shape shape{static_cast<int64_t>(messages.size())};
  return Tensor::Strings(shape, std::move(messages));
}

}  // namespace smcli
