#include "tensor/shape.h"

#include "base/check.h"

namespace smcli {
namespace {

std::string Join(std::span<const int64_t> dims) {
  std::string text = "[";
  for (size_t i = 0; i < dims.size(); ++i) {
    if (i > 0) text += ',';
    text += dims[i] < 0 ? std::string("?") : std::to_string(dims[i]);
  }
  return text + "]";
}

// The number of elements, or nullopt where an extent is negative or the product leaves int64. As in TensorFlow, a
// zero extent makes the product 0 only if the others multiply without overflow before it.
std::optional<int64_t> CountElements(std::span<const int64_t> dims) {
  int64_t count = 1;
  for (int64_t dim : dims) {
    if (dim < 0 || __builtin_mul_overflow(count, dim, &count)) return std::nullopt;
  }
  return count;
}

}  // namespace

Shape::Shape(std::span<const int64_t> dims) {
  const auto count = CountElements(dims);
  SMCLI_CHECK(count.has_value() && dims.size() <= static_cast<size_t>(kMaxRank));
  rank_ = static_cast<int>(dims.size());
  num_elements_ = *count;
  if (rank_ <= kInline) {
    std::copy(dims.begin(), dims.end(), inline_.begin());
  } else {
    heap_.assign(dims.begin(), dims.end());
  }
}

Result<Shape> Shape::Make(std::span<const int64_t> dims) {
  if (dims.size() > static_cast<size_t>(kMaxRank)) {
    return InvalidModelError("a shape of rank {} (at most {} is possible)", dims.size(), kMaxRank);
  }
  if (std::ranges::any_of(dims, [](int64_t dim) { return dim < 0; })) {
    return InvalidModelError("shape {} has a negative dimension", fmt::format("[{}]", fmt::join(dims, ",")));
  }
  if (!CountElements(dims)) return InvalidModelError("shape {} has more elements than fit into 64 bits", Join(dims));
  return Shape(dims);
}

int64_t Shape::Product(int first, int last) const {
  int64_t product = 1;
  for (int i = first; i < last; ++i) product *= dim(i);
  return product;
}

std::string Shape::ToString() const { return Join(dims()); }

bool PartialShape::fully_known() const {
  return dims_ && std::ranges::all_of(*dims_, [](int64_t dim) { return dim >= 0; });
}

bool PartialShape::Accepts(const Shape& shape) const { return CompatibleWith(PartialShape(shape)); }

bool PartialShape::CompatibleWith(const PartialShape& other) const {
  if (!dims_ || !other.dims_) return true;
  if (dims_->size() != other.dims_->size()) return false;
  for (size_t i = 0; i < dims_->size(); ++i) {
    const int64_t a = (*dims_)[i], b = (*other.dims_)[i];
    if (a >= 0 && b >= 0 && a != b) return false;
  }
  return true;
}

std::optional<Shape> PartialShape::ToShape() const {
  if (!fully_known()) return std::nullopt;
  auto shape = Shape::Make(*dims_);
  if (!shape.ok()) return std::nullopt;
  return *std::move(shape);
}

std::string PartialShape::ToString() const { return dims_ ? Join(*dims_) : "unknown rank"; }

}  // namespace smcli
