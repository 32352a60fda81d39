// Value: one thing a report says, and what kind of thing it is. Printers decide how it looks.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace smcli {

struct Field;
struct Table;

// What a number counts. Machines get the number; people read 1,234 or 5.6 MB or 7.8%.
enum class Unit {
  kNone,
  kCount,    // 1,234,567
  kBytes,    // 1.2 MB
  kPercent,  // of 100
};

class Value {
 public:
  using List = std::vector<Value>;
  using Object = std::vector<Field>;  // in the order they are said

  Value() = default;  // nothing: "-" to people, null to machines
  explicit Value(bool value) : data_(value) {}
  static Value Count(int64_t count) { return Value(Data(count), Unit::kCount); }
  static Value Natural(uint64_t value) { return Value(Data(value), Unit::kNone); }
  static Value Int(int64_t value) { return Value(Data(value), Unit::kNone); }
  static Value Bytes(uint64_t bytes) { return Value(Data(bytes), Unit::kBytes); }
  static Value Percent(double percent) { return Value(Data(percent), Unit::kPercent); }
  static Value Real(double value) { return Value(Data(value), Unit::kNone); }
  // Text from anywhere: printers escape it. Text that is not UTF-8 is bytes to machines.
  static Value Text(std::string_view text) { return Value(Data(std::string(text)), Unit::kNone); }
  static Value Text(std::string text) { return Value(Data(std::move(text)), Unit::kNone); }
  static Value Text(const char* text) { return Value(Data(std::string(text)), Unit::kNone); }
  // Becomes a text, in the memory of one that was here.
  void SetText(std::string_view text);
  static Value Of(List list);
  static Value Of(Object object);
  static Value Of(Table table);
  // Text that is JSON already: the elements of a large tensor. For people it needs a gist.
  static Value Json(std::string json);
  // `structure` for machines, that people read as this text; it may have several lines.
  static Value WithGist(std::string gist, Value structure);

  Unit unit() const { return unit_; }
  bool empty() const { return std::holds_alternative<std::monostate>(data_); }
  const bool* boolean() const { return std::get_if<bool>(&data_); }
  const int64_t* integer() const { return std::get_if<int64_t>(&data_); }
  const uint64_t* natural() const { return std::get_if<uint64_t>(&data_); }
  const double* real() const { return std::get_if<double>(&data_); }
  const std::string* text() const { return std::get_if<std::string>(&data_); }
  const List* list() const;
  const Object* object() const;
  const Table* table() const;
  const std::string* json() const;
  const std::string* gist() const;  // null when the value has none
  const Value& structure() const;   // what stands behind the gist; without one, the value itself

 private:
  struct Tree;  // what is rare and large sits behind a pointer: tables hold many plain values
  using Data = std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string, std::shared_ptr<const Tree>>;
  Value(Data data, Unit unit) : data_(std::move(data)), unit_(unit) {}
  template <typename T>
  const T* Find() const;

  Data data_;
  Unit unit_ = Unit::kNone;
};

}  // namespace smcli
