#include "ops/registry.h"

#include <algorithm>

namespace smcli {

#define FAMILY(name) std::span<const Op> name##Ops();
#include "ops/families.def"
#undef FAMILY

namespace {

std::vector<const Op*> SortedOps() {
  std::vector<const Op*> ops;
  const auto add = [&](std::span<const Op> family) {
    for (const Op& op : family) ops.push_back(&op);
  };
#define FAMILY(name) add(name##Ops());
#include "ops/families.def"
#undef FAMILY
  std::ranges::sort(ops, {}, &Op::name);
  return ops;
}

}  // namespace

const std::vector<const Op*>& AllOps() {
  static const std::vector<const Op*> ops = SortedOps();
  return ops;
}

const Op* FindOp(std::string_view name) {
  const auto& ops = AllOps();
  const auto at = std::ranges::lower_bound(ops, name, {}, &Op::name);
  return at != ops.end() && (*at)->name == name ? *at : nullptr;
}

}  // namespace smcli
