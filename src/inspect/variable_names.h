// What variables are called in Python: the checkpoint's key "variables/0" is the object graph's "conv2d/kernel".
#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>

#include "checkpoint/bundle_reader.h"
#include "model/meta_graph.h"

namespace smcli {

// By checkpoint key; only of variables that have a name.
class VariableNames {
 public:
  using Names = std::unordered_map<std::string_view, std::string_view>;

  VariableNames() = default;  // of nothing
  // Names that look into what `text` keeps.
  VariableNames(Names names, std::shared_ptr<const void> text) : names_(std::move(names)), text_(std::move(text)) {}

  // Empty where there is none.
  std::string_view Find(std::string_view key) const {
    const auto at = names_.find(key);
    return at == names_.end() ? std::string_view() : at->second;
  }
  const Names& names() const { return names_; }
  bool empty() const { return names_.empty(); }

 private:
  Names names_;
  std::shared_ptr<const void> text_;
};

// An object-based checkpoint notes its variables' names itself, if not always. Otherwise the object graph of the model
// that it belongs to, null for a checkpoint alone, is matched with the checkpoint's: unless it is so large that this
// would take longer than listing the variables (kLargestMatched bytes).
inline constexpr size_t kLargestMatched = size_t{4} << 20;
VariableNames NamesOfVariables(const MetaGraph* graph, const BundleReader& checkpoint);

}  // namespace smcli
