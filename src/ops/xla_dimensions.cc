#include "ops/xla_dimensions.h"

#include <span>

#include "base/wire.h"

namespace smcli {
namespace {

// One field of a message: a number, or a list of them.
struct Slot {
  uint32_t number;
  int64_t* one = nullptr;
  IntList* list = nullptr;
};

Status Store(const Slot& slot, int64_t value) {
  if (slot.one) {
    *slot.one = value;
  } else {
    if (slot.list->full()) return InvalidModelError("dimension numbers of more than {} dimensions", kMaxRank);
    slot.list->push_back(value);
  }
  return {};
}

Status Read(std::string_view message, std::span<const Slot> slots) {
  WireReader reader(message);
  WireField field;
  while (reader.Next(field)) {
    for (const Slot& slot : slots) {
      if (slot.number != field.number) continue;
      if (field.type == WireType::kVarint) {
        SMCLI_RETURN_IF_ERROR(Store(slot, field.as_int64()));
      } else if (field.type == WireType::kBytes) {
        bool fits = true;
        const bool whole = ForEachPackedVarint(
            field.bytes, [&](uint64_t value) { fits = fits && Store(slot, static_cast<int64_t>(value)).ok(); });
        if (!fits) return InvalidModelError("dimension numbers of more than {} dimensions", kMaxRank);
        if (!whole) return InvalidModelError("dimension numbers end inside a number");
      }
    }
  }
  return reader.status();
}

}  // namespace

Result<DotDimensions> DotDimensions::Parse(std::string_view message) {
  DotDimensions d;
  const Slot slots[] = {{.number = 1, .list = &d.left_contracted},
                        {.number = 2, .list = &d.right_contracted},
                        {.number = 3, .list = &d.left_batch},
                        {.number = 4, .list = &d.right_batch}};
  SMCLI_RETURN_IF_ERROR(Read(message, slots));
  return d;
}

Result<IntList> ConvolutionLayout::Order(int rank) const {
  IntList order;
  uint64_t seen = 0;
  const auto add = [&](int64_t dimension) {
    if (dimension < 0 || dimension >= std::min(rank, 64) || (seen >> dimension & 1) != 0) return false;
    seen |= uint64_t{1} << dimension;
    order.push_back(dimension);
    return true;
  };
  bool good = spatial.size() == rank - 2 && add(batch);
  for (int64_t dimension : spatial) good = good && add(dimension);
  if (!good || !add(feature)) return ModelError("dimension numbers that do not fit a tensor of rank {}", rank);
  return order;
}

Result<ConvolutionDimensions> ConvolutionDimensions::Parse(std::string_view message) {
  ConvolutionDimensions d;
  const Slot slots[] = {{.number = 3, .one = &d.kernel.feature},  {.number = 4, .one = &d.kernel.batch},
                        {.number = 6, .list = &d.kernel.spatial}, {.number = 7, .one = &d.input.batch},
                        {.number = 8, .one = &d.input.feature},   {.number = 11, .list = &d.input.spatial},
                        {.number = 9, .one = &d.output.batch},    {.number = 10, .one = &d.output.feature},
                        {.number = 12, .list = &d.output.spatial}};
  SMCLI_RETURN_IF_ERROR(Read(message, slots));
  return d;
}

Result<WindowDimensions> WindowDimensions::Parse(std::string_view message) {
  WindowDimensions d;
  const Slot slots[] = {{.number = 1, .list = &d.window},        {.number = 2, .list = &d.dropped},
                        {.number = 3, .list = &d.start},         {.number = 4, .one = &d.vector},
                        {.number = 5, .list = &d.operand_batch}, {.number = 6, .list = &d.index_batch}};
  SMCLI_RETURN_IF_ERROR(Read(message, slots));
  return d;
}

}  // namespace smcli
