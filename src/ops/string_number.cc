// AsString and StringToNumber.
#include <algorithm>
#include <complex>
#include <cstdio>
#include <string>

#include "ops/number_text.h"
#include "ops/op.h"

namespace smcli {
namespace {

std::string Formatted(const char* format, auto... values) {
  const int size = std::snprintf(nullptr, 0, format, values...);
  std::string text(static_cast<size_t>(std::max(size, 0)), '\0');
  std::snprintf(text.data(), text.size() + 1, format, values...);
  return text;
}

// A printf format put together from the attributes, as TensorFlow does (kernels/as_string_op.cc).
class AsString final : public Kernel {
 public:
  static Result<AsString> Make(const NodeInfo& node) {
    AsString kernel;
    const DataType dtype = node.input_types[0];
    SMCLI_ASSIGN_OR_RETURN(const int64_t precision, node.attrs.Int("precision"));
    SMCLI_ASSIGN_OR_RETURN(const bool scientific, node.attrs.Bool("scientific"));
    SMCLI_ASSIGN_OR_RETURN(const bool shortest, node.attrs.Bool("shortest"));
    SMCLI_ASSIGN_OR_RETURN(const int64_t width, node.attrs.Int("width"));
    SMCLI_ASSIGN_OR_RETURN(const std::string fill, node.attrs.String("fill"));
    SMCLI_ASSIGN_OR_RETURN(const std::string start, FormatStart(fill, width));
    if (precision > kLongest) return ModelError("precision {} is too large", precision);
    if ((kFloats | kComplexes).Contains(dtype)) {
      if (scientific && shortest) return ModelError("cannot select both scientific and shortest notation");
      const std::string digits = precision > -1 ? fmt::format(".{}", precision) : "";
      const std::string number = start + digits + (scientific ? "e" : shortest ? "g" : "f");
      kernel.format_ = kComplexes.Contains(dtype) ? "(" + number + "," + number + ")" : number;
      return kernel;
    }
    if (dtype != DataType::kString) {
      if (scientific || shortest) return ModelError("scientific and shortest do not go with {}", Name(dtype));
      if (precision >= 0) return ModelError("precision does not go with {}", Name(dtype));
    }
    kernel.width_ = width;
    kernel.left_ = fill == "-";
    kernel.format_ = start + (kUnsignedInts.Contains(dtype) ? "llu" : "lld");
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kString, input.shape()));
    std::string* text = output->mutable_data<std::string>();
    for (int64_t i = 0; i < input.num_elements(); ++i) text[i] = Text(input, i);
    return {};
  }

 private:
  static constexpr int64_t kLongest = 1 << 20;  // of a number; TensorFlow has no limit but memory

  // "%", the flag and the width.
  static Result<std::string> FormatStart(const std::string& fill, int64_t width) {
    if (fill.size() > 1) return ModelError("fill must be one or fewer characters, got '{}'", fill);
    if (fill.find_first_not_of(" +-0#") != std::string::npos) return ModelError("fill '{}' is not supported", fill);
    if (width > kLongest) return ModelError("width {} is too large", width);
    return "%" + fill + (width > -1 ? std::to_string(width) : "");
  }

  std::string Text(const Tensor& input, int64_t i) const {
    switch (input.dtype()) {
      case DataType::kBool: return input.data<bool>()[i] ? "true" : "false";
      case DataType::kString: return Padded(input.data<std::string>()[i]);
      case DataType::kComplex64: return Pair(input.data<std::complex<float>>()[i]);
      case DataType::kComplex128: return Pair(input.data<std::complex<double>>()[i]);
      default: break;
    }
    std::string text;
    DispatchRealNumbers(input.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      text = Number(input.data<T>()[i]);
    });
    return text;
  }
  template <typename T>
  std::string Number(T value) const {
    if constexpr (!std::is_integral_v<T>)
      return Formatted(format_.c_str(), static_cast<double>(static_cast<Wide<T>>(value)));
    else if constexpr (std::is_signed_v<T>)
      return Formatted(format_.c_str(), static_cast<long long>(value));
    else
      return Formatted(format_.c_str(), static_cast<unsigned long long>(value));
  }
  template <typename T>
  using Wide = std::conditional_t<std::is_same_v<T, double>, double, float>;

  std::string Padded(std::string text) const {
    const size_t missing = width_ > static_cast<int64_t>(text.size()) ? static_cast<size_t>(width_) - text.size() : 0;
    return text.insert(left_ ? text.size() : 0, missing, ' ');
  }
  template <typename T>
  std::string Pair(std::complex<T> value) const {
    return Formatted(format_.c_str(), static_cast<double>(value.real()), static_cast<double>(value.imag()));
  }

  std::string format_;
  int64_t width_ = -1;  // of a string
  bool left_ = false;
};

template <typename T>
Status Convert(KernelContext& ctx) {
  const Tensor& input = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, kDataTypeOf<T>, input.shape()));
  T* value = output->mutable_data<T>();
  for (const std::string& text : input.flat<std::string>()) {
    if (!ParseNumber(text, value++)) return ModelError("could not correctly convert string: {}", text);
  }
  return {};
}

class StringToNumber final : public Kernel {
 public:
  static Result<StringToNumber> Make(const NodeInfo& node) {
    StringToNumber kernel;
    switch (node.output_types[0]) {
      case DataType::kFloat: kernel.convert_ = Convert<float>; break;
      case DataType::kDouble: kernel.convert_ = Convert<double>; break;
      case DataType::kInt32: kernel.convert_ = Convert<int32_t>; break;
      case DataType::kInt64: kernel.convert_ = Convert<int64_t>; break;
      case DataType::kUint32: kernel.convert_ = Convert<uint32_t>; break;
      default: kernel.convert_ = Convert<uint64_t>; break;
    }
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override { return convert_(ctx); }

 private:
  Status (*convert_)(KernelContext&) = nullptr;
};

constexpr DataTypeSet kPrintable = kNumbers | DataType::kBool | DataType::kString;
constexpr DataTypeSet kParsable =
    DataType::kFloat | DataType::kDouble | kIndexTypes | DataType::kUint32 | DataType::kUint64;

constexpr Op kOps[] = {
    {.name = "AsString", .types = {{{"T", kPrintable}}}, .make = MakeKernel<AsString>},
    {.name = "StringToNumber", .types = {{{"out_type", kParsable}}}, .make = MakeKernel<StringToNumber>},
};

}  // namespace

std::span<const Op> StringNumberOps() { return kOps; }

}  // namespace smcli
