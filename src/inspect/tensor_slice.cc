#include "inspect/tensor_slice.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <vector>

#include "base/text.h"
#include "base/utf8.h"

namespace smcli {
namespace {

std::vector<std::string_view> SplitAt(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(separator, at), text.size());
    parts.push_back(Trimmed(text.substr(at, end - at)));
    at = end + 1;
  }
  return parts;
}

Result<std::optional<int64_t>> ParseIndex(std::string_view text) {
  if (text.empty()) return std::optional<int64_t>();
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return UsageError("{} is no index; integers, start:stop:step and ... are", Quoted(text));
  }
  return std::optional<int64_t>(value);
}

// The elements of one dimension that are taken.
struct Range {
  int64_t start = 0;
  int64_t step = 1;
  int64_t count = 0;
  bool keeps_dimension = true;
};

// Python's slice.indices().
Result<Range> ResolveSlice(std::string_view text, int64_t size) {
  const std::vector<std::string_view> parts = SplitAt(text, ':');
  if (parts.size() > 3) return UsageError("{} has more than two colons", Quoted(text));
  std::optional<int64_t> bounds[3];
  for (size_t i = 0; i < parts.size(); ++i) {
    SMCLI_ASSIGN_OR_RETURN(bounds[i], ParseIndex(parts[i]));
  }
  const int64_t step = bounds[2].value_or(1);
  if (step == 0) return UsageError("the step of {} is 0", Quoted(text));
  const int64_t lowest = step > 0 ? 0 : -1;
  const int64_t highest = step > 0 ? size : size - 1;
  const auto place = [&](std::optional<int64_t> bound, int64_t missing) {
    if (!bound) return missing;
    const int64_t at = *bound < 0 ? (*bound < -size ? -1 : *bound + size) : *bound;
    return std::clamp(at, lowest, highest);
  };
  const int64_t start = place(bounds[0], step > 0 ? lowest : highest);
  const int64_t stop = place(bounds[1], step > 0 ? highest : lowest);
  const int64_t span = step > 0 ? stop - start : start - stop;
  // The magnitude of the most negative step does not fit; any step beyond the span takes one element.
  const int64_t stride = step > 0 ? step : step < -size ? size + 1 : -step;
  const int64_t count = span <= 0 ? 0 : (span - 1) / stride + 1;
  return Range{start, count > 1 ? step : 1, count, true};
}

Result<Range> ResolveInteger(std::string_view text, int64_t size) {
  SMCLI_ASSIGN_OR_RETURN(const std::optional<int64_t> index, ParseIndex(text));
  if (!index) return UsageError("an index is empty");
  if (*index < -size || *index >= size) {
    return UsageError("index {} is out of range; the dimension has {} elements", *index, size);
  }
  return Range{*index < 0 ? *index + size : *index, 1, 1, false};
}

Result<std::vector<Range>> ResolveAll(std::string_view text, const Shape& shape) {
  const std::vector<std::string_view> items = SplitAt(text, ',');
  const auto is_ellipsis = [](std::string_view item) { return item == "..."; };
  const auto ellipses = std::ranges::count_if(items, is_ellipsis);
  const auto given = static_cast<int64_t>(items.size()) - ellipses;
  if (ellipses > 1) return UsageError("more than one ... in the index");
  if (given > shape.rank()) return UsageError("{} indices for a tensor of shape {}", given, shape.ToString());
  std::vector<Range> ranges;
  const auto take_all = [&](int64_t count) {
    for (; count > 0; --count) ranges.push_back({0, 1, shape.dim(static_cast<int>(ranges.size())), true});
  };
  for (const std::string_view item : items) {
    if (is_ellipsis(item)) {
      take_all(shape.rank() - given);
      continue;
    }
    const int64_t size = shape.dim(static_cast<int>(ranges.size()));
    SMCLI_ASSIGN_OR_RETURN(const Range range, item.find(':') == std::string_view::npos ? ResolveInteger(item, size)
                                                                                       : ResolveSlice(item, size));
    ranges.push_back(range);
  }
  take_all(shape.rank() - static_cast<int64_t>(ranges.size()));
  return ranges;
}

template <typename T>
void CopyElements(const Tensor& from, const std::vector<Range>& ranges, Tensor* to) {
  const std::span<T> out = to->mutable_flat<T>();
  const auto* const in = static_cast<const char*>(from.raw_data());
  std::vector<int64_t> position(ranges.size(), 0);
  for (T& element : out) {
    int64_t offset = 0;
    for (size_t d = 0; d < ranges.size(); ++d) {
      offset = offset * from.dim(static_cast<int>(d)) + ranges[d].start + position[d] * ranges[d].step;
    }
    if constexpr (std::is_trivially_copyable_v<T>) {
      std::memcpy(&element, in + static_cast<size_t>(offset) * sizeof(T), sizeof(T));  // aligned as the file has it
    } else {
      element = from.data<T>()[offset];
    }
    for (size_t d = ranges.size(); d-- > 0;) {
      if (++position[d] < ranges[d].count) break;
      position[d] = 0;
    }
  }
}

}  // namespace

Result<Tensor> SliceOf(const Tensor& tensor, std::string_view index) {
  SMCLI_ASSIGN_OR_RETURN(const std::vector<Range> ranges, ResolveAll(index, tensor.shape()));
  std::vector<int64_t> dims;
  for (const Range& range : ranges) {
    if (range.keeps_dimension) dims.push_back(range.count);
  }
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, Shape::Make(dims));
  SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(tensor.dtype(), shape));
  const bool copied = DispatchBySize(
      tensor.dtype(), [&](auto tag) { CopyElements<typename decltype(tag)::type>(tensor, ranges, &out); });
  if (!copied) return UnsupportedError("elements of dtype {} cannot be indexed", NumpyName(tensor.dtype()));
  return out;
}

SlicedName SplitSlice(std::string_view text) {
  const size_t open = text.find('[');
  if (open == std::string_view::npos || open == 0 || !text.ends_with(']')) return {text, {}, false};
  return {text.substr(0, open), text.substr(open + 1, text.size() - open - 2), true};
}

}  // namespace smcli
