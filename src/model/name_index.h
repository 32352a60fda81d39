// NameIndex: names to the places where they stand. A flat hash table, since graphs of a quarter of a million nodes are
// common and most of the time to build one would go into a list per bucket.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace smcli {

class NameIndex {
 public:
  // Room for `count` names; forgets those it had. Must come before Add.
  void Reserve(size_t count) {
    size_t slots = 8;
    while (slots < 2 * count) slots *= 2;
    slots_.assign(slots, Slot{});
  }

  // False when the name is there already. The name's bytes must outlive the index; at most as many as reserved.
  bool Add(std::string_view name, int32_t id) {
    Slot& slot = slots_[Locate(name)];
    if (slot.id >= 0) return false;
    slot = {name, id};
    return true;
  }

  // -1: not there.
  int32_t Find(std::string_view name) const { return slots_.empty() ? -1 : slots_[Locate(name)].id; }

 private:
  struct Slot {
    std::string_view name;
    int32_t id = -1;
  };

  // The slot of the name, or the empty one where it belongs.
  size_t Locate(std::string_view name) const {
    const size_t mask = slots_.size() - 1;
    size_t at = std::hash<std::string_view>()(name) & mask;
    while (slots_[at].id >= 0 && slots_[at].name != name) at = (at + 1) & mask;
    return at;
  }

  std::vector<Slot> slots_;
};

}  // namespace smcli
