#include "diff/variable_match.h"

#include <algorithm>
#include <array>
#include <map>

#include "model/object_graph.h"

namespace smcli {
namespace {

constexpr std::string_view kCopies = "_all_variables/";

bool SameBits(const BundleReader& checkpoint, const BundleEntry& a, const BundleEntry& b) {
  const auto left = checkpoint.Read(a, {.verify = false}), right = checkpoint.Read(b, {.verify = false});
  if (!left.ok() || !right.ok()) return false;
  if (left->dtype() == DataType::kString) {
    return std::ranges::equal(left->flat<std::string>(), right->flat<std::string>());
  }
  return left->bytes() == right->bytes();
}

// Is `copy` a second copy of `original`? Checksums that differ answer without a look at the bits.
bool IsCopy(const BundleReader& checkpoint, const BundleEntry& copy, const BundleEntry& original,
            bool trust_checksums) {
  if (copy.dtype_number != original.dtype_number || !(copy.shape == original.shape)) return false;
  const bool comparable = !copy.sliced && !original.sliced && !checkpoint.is_v1();
  if (comparable && !SameChecksums(copy, original)) return false;
  return (comparable && trust_checksums) || SameBits(checkpoint, copy, original);
}

void LeaveOutCopies(const BundleReader& checkpoint, bool trust_checksums, VariableList& list) {
  std::unordered_map<std::string_view, std::vector<const BundleEntry*>> by_name;
  for (const BundleEntry* entry : list.entries) {
    if (entry->key.starts_with(kCopies)) continue;
    const auto name = list.full_names.find(entry->key);
    if (name != list.full_names.end()) by_name[name->second].push_back(entry);
  }
  list.copies = static_cast<int64_t>(std::erase_if(list.entries, [&](const BundleEntry* entry) {
    if (!entry->key.starts_with(kCopies)) return false;
    const auto name = list.full_names.find(entry->key);
    if (name == list.full_names.end()) return false;
    const auto originals = by_name.find(name->second);
    if (originals == by_name.end()) return false;
    return std::ranges::any_of(originals->second, [&](const BundleEntry* original) {
      return IsCopy(checkpoint, *entry, *original, trust_checksums);
    });
  }));
}

// Dtype, shape and checksums as one number, to find equal contents by.
std::string ContentOf(const BundleEntry& entry) {
  std::string content = fmt::format("{} {}", entry.dtype_number, entry.shape.ToString());
  for (const BundlePiece& piece : entry.pieces) {
    content += fmt::format(" {} {} {:08x}", piece.slice.ToString(), piece.size, piece.masked_crc);
  }
  return content;
}

class VariableMatcher {
 public:
  VariableMatcher(const VariableList& before, const VariableList& after) : before_(before), after_(after) {}

  std::vector<VariablePair> Run() {
    MatchKeys();
    MatchBy([](const VariableList& list, const BundleEntry& entry) {
      const auto name = list.full_names.find(entry.key);
      return name == list.full_names.end() ? std::string() : name->second;
    });
    MatchBy([](const VariableList&, const BundleEntry& entry) {
      // Small tensors of zeros or ones are alike everywhere.
      const bool telling = entry.stored_bytes() > 0 && entry.shape.num_elements() > 1;
      return telling ? ContentOf(entry) : std::string();
    });
    for (const BundleEntry* entry : only_before_) pairs_.push_back({entry, nullptr});
    for (const BundleEntry* entry : only_after_) pairs_.push_back({nullptr, entry});
    std::ranges::sort(pairs_, {},
                      [](const VariablePair& pair) { return (pair.after ? pair.after : pair.before)->key; });
    return std::move(pairs_);
  }

 private:
  void MatchKeys() {
    size_t i = 0, k = 0;
    while (i < before_.entries.size() || k < after_.entries.size()) {
      const BundleEntry* before = i < before_.entries.size() ? before_.entries[i] : nullptr;
      const BundleEntry* after = k < after_.entries.size() ? after_.entries[k] : nullptr;
      if (before && after && before->key == after->key) {
        pairs_.push_back({before, after});
        ++i, ++k;
      } else if (before && (!after || before->key < after->key)) {
        only_before_.push_back(before);
        ++i;
      } else {
        only_after_.push_back(after);
        ++k;
      }
    }
  }

  // Pairs what is left once on each side under an identity that is not empty.
  template <typename Identity>
  void MatchBy(Identity identity) {
    if (only_before_.empty() || only_after_.empty()) return;
    std::unordered_map<std::string, std::pair<std::vector<const BundleEntry*>, std::vector<const BundleEntry*>>> groups;
    for (const BundleEntry* entry : only_before_) groups[identity(before_, *entry)].first.push_back(entry);
    for (const BundleEntry* entry : only_after_) groups[identity(after_, *entry)].second.push_back(entry);
    groups.erase("");
    std::vector<const BundleEntry*> done;
    for (const auto& [name, group] : groups) {
      if (group.first.size() != 1 || group.second.size() != 1) continue;
      pairs_.push_back({group.first[0], group.second[0]});
      done.push_back(group.first[0]);
      done.push_back(group.second[0]);
    }
    std::ranges::sort(done);
    const auto is_done = [&](const BundleEntry* entry) { return std::ranges::binary_search(done, entry); };
    std::erase_if(only_before_, is_done);
    std::erase_if(only_after_, is_done);
  }

  const VariableList& before_;
  const VariableList& after_;
  std::vector<VariablePair> pairs_;
  std::vector<const BundleEntry*> only_before_, only_after_;
};

}  // namespace

Result<VariableList> ListVariables(const BundleReader* checkpoint, bool trust_checksums) {
  VariableList list;
  if (!checkpoint) return list;
  for (const BundleEntry& entry : checkpoint->entries()) {
    if (entry.key != kObjectGraphKey) list.entries.push_back(&entry);
  }
  SMCLI_ASSIGN_OR_RETURN(const MappedFile object_graph, checkpoint->ObjectGraph());
  if (object_graph.size() == 0) return list;
  SMCLI_ASSIGN_OR_RETURN(std::vector<TrackableEntry> trackables, ListTrackables(object_graph.bytes()));
  for (TrackableEntry& trackable : trackables) {
    const BundleEntry* entry = checkpoint->Find(trackable.checkpoint_key);
    if (entry && !trackable.full_name.empty()) list.full_names.emplace(entry->key, std::move(trackable.full_name));
  }
  LeaveOutCopies(*checkpoint, trust_checksums, list);
  return list;
}

std::vector<VariablePair> MatchVariables(const VariableList& before, const VariableList& after) {
  return VariableMatcher(before, after).Run();
}

bool SameChecksums(const BundleEntry& a, const BundleEntry& b) {
  if (a.dtype_number != b.dtype_number || !(a.shape == b.shape) || a.pieces.empty()) return false;
  return std::ranges::equal(a.pieces, b.pieces, [](const BundlePiece& left, const BundlePiece& right) {
    return left.found && right.found && left.slice == right.slice && left.size == right.size && left.size > 0 &&
           left.masked_crc == right.masked_crc;
  });
}

bool LooksLikeOptimizerState(std::string_view key) {
  if (key.find("/.OPTIMIZER_SLOT/") != key.npos || key.find("optimizer/") != key.npos) return true;
  const std::string_view last = key.substr(key.rfind('/') + 1);
  return last.starts_with("beta1_power") || last.starts_with("beta2_power");
}

std::string_view SlotOwner(std::string_view key) {
  static constexpr std::array<std::string_view, 15> kSlots = {
      "Adam",      "Adam_1",      "AdamW",    "AdamW_1",    "Momentum", "RMSProp", "RMSProp_1",      "Adagrad",
      "AdagradDA", "AdagradDA_1", "Adadelta", "Adadelta_1", "Ftrl",     "Ftrl_1",  "ProximalAdagrad"};
  const size_t slash = key.rfind('/');
  if (slash == key.npos) return {};
  const bool is_slot = std::ranges::find(kSlots, key.substr(slash + 1)) != kSlots.end();
  return is_slot ? key.substr(0, slash) : std::string_view();
}

}  // namespace smcli
