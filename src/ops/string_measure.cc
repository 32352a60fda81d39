// StringLength, StringStrip, Substr: lengths and parts of strings, in bytes or UTF-8 characters.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "ops/expect.h"
#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/utf8_position.h"

namespace smcli {
namespace {

enum class Unit { kByte, kUtf8Character };

Result<Unit> UnitOf(const NodeInfo& node) {
  SMCLI_ASSIGN_OR_RETURN(const std::string unit, node.attrs.String("unit"));
  if (unit == "BYTE") return Unit::kByte;
  if (unit == "UTF8_CHAR") return Unit::kUtf8Character;
  return UnsupportedError("unit '{}' is neither BYTE nor UTF8_CHAR", unit);
}

class StringLength final : public Kernel {
 public:
  static Result<StringLength> Make(const NodeInfo& node) {
    StringLength kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.unit_, UnitOf(node));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kInt32, input.shape()));
    std::ranges::transform(input.flat<std::string>(), output->mutable_data<int32_t>(), [&](const std::string& text) {
      return static_cast<int32_t>(unit_ == Unit::kByte ? static_cast<int64_t>(text.size()) : CountUtf8Characters(text));
    });
    return {};
  }

 private:
  Unit unit_ = Unit::kByte;
};

Status StringStrip(KernelContext& ctx) {
  const Tensor& input = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kString, input.shape()));
  std::ranges::transform(input.flat<std::string>(), output->mutable_data<std::string>(), [](std::string_view text) {
    constexpr std::string_view kSpaces = " \t\n\v\f\r";
    const size_t first = text.find_first_not_of(kSpaces);
    if (first == std::string_view::npos) return std::string();
    return std::string(text.substr(first, text.find_last_not_of(kSpaces) + 1 - first));
  });
  return {};
}

// Substr broadcasts input and pos against each other (pos and len agree); TensorFlow does so for up to two dimensions.
class Substr final : public Kernel {
 public:
  static Result<Substr> Make(const NodeInfo& node) {
    Substr kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.unit_, UnitOf(node));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_RETURN_IF_ERROR(ExpectSameShape(ctx.input(1), "pos", ctx.input(2), "len"));
    const Shape& where = ctx.input(1).shape();
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, Broadcast(input.shape(), where));
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kString, shape));
    const auto parts = output->mutable_flat<std::string>();
    for (size_t at = 0; at < parts.size(); ++at) {
      const int64_t source = Project(shape, input.shape(), static_cast<int64_t>(at));
      const int64_t place = Project(shape, where, static_cast<int64_t>(at));
      const std::string& text = input.data<std::string>()[source];
      SMCLI_ASSIGN_OR_RETURN(const std::string_view part,
                             Part(text, IntAt(ctx.input(1), place), IntAt(ctx.input(2), place), at));
      parts[at] = part;
    }
    return {};
  }

 private:
  static Result<Shape> Broadcast(const Shape& a, const Shape& b) {
    if (a == b || b.scalar()) return a;
    if (a.rank() > 2 || b.rank() > 2) return UnsupportedError("Substr broadcasts at most two dimensions");
    const int rank = std::max(a.rank(), b.rank());
    std::vector<int64_t> dims(static_cast<size_t>(rank));
    for (int d = 0; d < rank; ++d) {
      const int64_t x = d < rank - a.rank() ? 1 : a.dim(d - rank + a.rank());
      const int64_t y = d < rank - b.rank() ? 1 : b.dim(d - rank + b.rank());
      if (x != y && x != 1 && y != 1) {
        return ModelError("shapes {} of input and {} of pos do not broadcast", a.ToString(), b.ToString());
      }
      dims[static_cast<size_t>(d)] = x == 1 ? y : x;
    }
    return CheckedShape(dims);
  }

  // The element of a tensor of shape `own` that element `at` of the broadcast shape reads.
  static int64_t Project(const Shape& shape, const Shape& own, int64_t at) {
    if (own == shape) return at;
    int64_t index = 0;
    int64_t stride = 1;
    for (int d = own.rank() - 1, s = shape.rank() - 1; d >= 0; --d, --s) {
      if (own.dim(d) != 1) index += at % shape.dim(s) * stride;
      at /= shape.dim(s);
      stride *= own.dim(d);
    }
    return index;
  }

  Result<std::string_view> Part(std::string_view text, int64_t position, int64_t length, size_t at) const {
    const auto part = unit_ == Unit::kByte ? Bytes(text, position, length) : Characters(text, position, length);
    if (!part) return ModelError("pos {} is out of range for the string at index {}", position, at);
    return *part;
  }

  // A negative position counts from the end; a negative length takes the rest.
  static std::optional<std::string_view> Bytes(std::string_view text, int64_t position, int64_t length) {
    const auto size = static_cast<int64_t>(text.size());
    if (position > size || position < -size) return std::nullopt;
    const auto first = static_cast<size_t>(position < 0 ? position + size : position);
    return text.substr(first, length < 0 ? std::string_view::npos : static_cast<size_t>(length));
  }

  // Here TensorFlow takes nothing for a negative length, and refuses it together with a negative position
  // (kernels/substr_op.cc).
  static std::optional<std::string_view> Characters(std::string_view text, int64_t position, int64_t length) {
    size_t begin = 0;
    size_t end = text.size();
    if (position >= 0) {
      if (AdvanceUtf8(text, begin, position) > 0) return std::nullopt;
      end = begin;
      AdvanceUtf8(text, end, length);
    } else {
      if (length < 0 || position < -static_cast<int64_t>(text.size())) return std::nullopt;
      if (RetreatUtf8(text, end, std::max<int64_t>(-position - std::min(length, -position), 0)) > 0)
        return std::nullopt;
      begin = end;
      if (RetreatUtf8(text, begin, std::min(length, -position)) > 0) return std::nullopt;
    }
    return text.substr(begin, end - begin);
  }

  Unit unit_ = Unit::kByte;
};

constexpr Op kOps[] = {
    {.name = "StringLength", .types = {}, .make = MakeKernel<StringLength>},
    {.name = "StringStrip", .types = {}, .make = MakeFunctionKernel<StringStrip>},
    {.name = "Substr", .types = {}, .make = MakeKernel<Substr>},
};

}  // namespace

std::span<const Op> StringMeasureOps() { return kOps; }

}  // namespace smcli
