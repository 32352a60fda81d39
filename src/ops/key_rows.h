// KeyRows: which row of a table a key has. Open addressing over a dense array of keys; rows are numbered 0 .. size()-1
// in the order of insertion, and an erased row is filled with the last one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fingerprint.h"

namespace smcli {

inline uint64_t KeyHash(std::string_view key) { return Fingerprint64(key); }
inline uint64_t KeyHash(int64_t key) {
  // The finaliser of SplitMix64 (Vigna, public domain): neighbouring integers land far apart.
  auto bits = static_cast<uint64_t>(key) + 0x9e3779b97f4a7c15u;
  bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
  bits = (bits ^ bits >> 27) * 0x94d049bb133111ebu;
  return bits ^ bits >> 31;
}

// Key: int64_t, or std::string looked up by std::string_view.
template <typename Key, typename View>
class KeyRows {
 public:
  int64_t size() const { return static_cast<int64_t>(keys_.size()); }
  const Key& key(int64_t row) const { return keys_[static_cast<size_t>(row)]; }

  void Clear() {
    keys_.clear();
    slots_.clear();
  }
  void Reserve(size_t count) {
    keys_.reserve(count);
    if (count * 2 > slots_.size()) Rehash(count);
  }

  // -1 when the key is not there.
  int64_t Find(View key) const {
    if (keys_.empty()) return -1;
    const uint64_t hash = KeyHash(key);
    for (size_t at = hash & mask();; at = (at + 1) & mask()) {
      const Slot& slot = slots_[at];
      if (slot.row < 0) return -1;
      if (slot.tag == Tag(hash) && keys_[static_cast<size_t>(slot.row)] == key) return slot.row;
    }
  }

  // The key's row, and whether it is new.
  std::pair<int64_t, bool> Insert(View key) {
    if ((keys_.size() + 1) * 2 > slots_.size()) Rehash(keys_.size() + 1);
    const uint64_t hash = KeyHash(key);
    size_t at = hash & mask();
    for (; slots_[at].row >= 0; at = (at + 1) & mask()) {
      if (slots_[at].tag == Tag(hash) && keys_[static_cast<size_t>(slots_[at].row)] == key)
        return {slots_[at].row, false};
    }
    slots_[at] = {Tag(hash), static_cast<int32_t>(keys_.size())};
    keys_.emplace_back(key);
    return {slots_[at].row, true};
  }

  // The row that is free now: the last row has moved there (unless it was that row itself). -1 when the key is not
  // there.
  int64_t Erase(View key) {
    const int64_t row = Find(key);
    if (row < 0) return -1;
    RemoveSlot(SlotOf(row));
    const int64_t last = size() - 1;
    if (row != last) {
      slots_[SlotOf(last)].row = static_cast<int32_t>(row);
      keys_[static_cast<size_t>(row)] = std::move(keys_[static_cast<size_t>(last)]);
    }
    keys_.pop_back();
    return row;
  }

  static constexpr int64_t kMostRows = int64_t{1} << 30;

 private:
  struct Slot {
    uint32_t tag = 0;
    int32_t row = -1;
  };
  static uint32_t Tag(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }
  size_t mask() const { return slots_.size() - 1; }

  size_t SlotOf(int64_t row) const {
    size_t at = KeyHash(View(keys_[static_cast<size_t>(row)])) & mask();
    while (slots_[at].row != row) at = (at + 1) & mask();
    return at;
  }

  // Moves the entries behind it up, so that no gap breaks their chain.
  void RemoveSlot(size_t gap) {
    for (size_t at = (gap + 1) & mask(); slots_[at].row >= 0; at = (at + 1) & mask()) {
      const size_t home = KeyHash(View(keys_[static_cast<size_t>(slots_[at].row)])) & mask();
      if (((at - home) & mask()) >= ((at - gap) & mask())) {
        slots_[gap] = slots_[at];
        gap = at;
      }
    }
    slots_[gap] = {};
  }

  void Rehash(size_t count) {
    size_t size = 16;
    while (size < count * 2) size *= 2;
    slots_.assign(size, {});
    for (size_t row = 0; row < keys_.size(); ++row) {
      const uint64_t hash = KeyHash(View(keys_[row]));
      size_t at = hash & mask();
      while (slots_[at].row >= 0) at = (at + 1) & mask();
      slots_[at] = {Tag(hash), static_cast<int32_t>(row)};
    }
  }

  std::vector<Key> keys_;
  std::vector<Slot> slots_;  // a power of two, at most half full
};

}  // namespace smcli
