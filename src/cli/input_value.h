// InputValue: a value that the user gave for one input, before it is known what the model takes there.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cli/image_pixels.h"
#include "formats/python_value.h"
#include "tensor/tensor.h"

namespace smcli {

struct InputValue {
  enum class Kind {
    kArray,   // `tensor`, with a dtype of its own: from .npy and .npz files, generated, made for the model
    kPython,  // `python`: a literal or an expression; numbers in it bend to the model's dtype
    kJson,    // `python` too, where the strings "NaN", "Infinity" and "-Infinity" may stand for numbers
    kText,    // `bytes`: a text file; lines for a string input, a table of numbers for others
    kImages,  // `images`: pixels for a number input, the bytes themselves for a string input
  };
  Kind kind = Kind::kArray;
  std::string place;  // "x.npy", "--input_exprs": begins messages
  Tensor tensor = {};
  PythonValue python = {};
  std::string bytes = {};
  std::vector<ImageBytes> images = {};

  static InputValue Array(std::string place, Tensor tensor) {
    return {.kind = Kind::kArray, .place = std::move(place), .tensor = std::move(tensor)};
  }
  static InputValue Python(std::string place, PythonValue value) {
    return {.kind = Kind::kPython, .place = std::move(place), .python = std::move(value)};
  }
  static InputValue Json(std::string place, PythonValue value) {
    return {.kind = Kind::kJson, .place = std::move(place), .python = std::move(value)};
  }
  static InputValue Images(std::string place, std::vector<ImageBytes> images) {
    return {.kind = Kind::kImages, .place = std::move(place), .images = std::move(images)};
  }
};

// By input key: "x", "s/indices", "inputs/age".
using InputValues = std::map<std::string, InputValue, std::less<>>;

}  // namespace smcli
