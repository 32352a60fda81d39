// PythonValue: a value of the part of Python that people type on a command line: numbers, strings, containers, arrays.
#pragma once

#include <complex>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tensor/tensor.h"

namespace smcli {

class PythonValue {
 public:
  struct Bytes {
    std::string bytes;
  };
  using Items = std::vector<PythonValue>;
  struct List {
    Items items;
  };
  struct Tuple {
    Items items;
  };
  struct Dict {
    std::vector<std::pair<PythonValue, PythonValue>> entries;  // in source order; of equal keys the last stays
  };
  // Something with a dotted name, "np.ones", or a method of a value. Only a PythonScope gives it a meaning.
  struct Name {
    std::string path;
    std::shared_ptr<const PythonValue> self;  // null: no method
  };

  PythonValue() = default;  // None
  explicit PythonValue(bool value) : value_(value) {}
  explicit PythonValue(int64_t value) : value_(value) {}
  explicit PythonValue(uint64_t value) : value_(value) {}  // only for integers that int64 does not hold
  explicit PythonValue(double value) : value_(value) {}
  explicit PythonValue(std::complex<double> value) : value_(value) {}
  explicit PythonValue(std::string text) : value_(std::move(text)) {}  // str, as UTF-8
  explicit PythonValue(Bytes value) : value_(std::move(value)) {}
  explicit PythonValue(List value) : value_(std::move(value)) {}
  explicit PythonValue(Tuple value) : value_(std::move(value)) {}
  explicit PythonValue(Dict value) : value_(std::move(value)) {}
  explicit PythonValue(Name value) : value_(std::move(value)) {}
  explicit PythonValue(Tensor array) : value_(std::move(array)) {}

  bool is_none() const { return std::holds_alternative<std::monostate>(value_); }
  // Null where the value is of another kind.
  const bool* boolean() const { return std::get_if<bool>(&value_); }
  const int64_t* integer() const { return std::get_if<int64_t>(&value_); }
  const uint64_t* large_integer() const { return std::get_if<uint64_t>(&value_); }
  const double* real() const { return std::get_if<double>(&value_); }
  const std::complex<double>* complex() const { return std::get_if<std::complex<double>>(&value_); }
  const std::string* text() const { return std::get_if<std::string>(&value_); }
  const std::string* bytes() const;
  const Items* list() const;
  const Items* tuple() const;
  const Items* sequence() const;  // a list or a tuple
  const Dict* dict() const { return std::get_if<Dict>(&value_); }
  const Name* name() const { return std::get_if<Name>(&value_); }
  const Tensor* array() const { return std::get_if<Tensor>(&value_); }

  std::string_view TypeName() const;  // "list", "float": what Python's type() says
  std::string Repr() const;           // as Python's repr(), arrays as NumPy prints them

  // Python's ==, for literals: 1 == 1.0 == True, lists and tuples differ.
  bool Equals(const PythonValue& other) const;

 private:
  std::variant<std::monostate, bool, int64_t, uint64_t, double, std::complex<double>, std::string, Bytes, List, Tuple,
               Dict, Name, Tensor>
      value_;
};

}  // namespace smcli
