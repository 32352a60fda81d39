// ObjectPaths: how each object of a graph was first reached from the root. A chain of a million objects has paths of a
// million names, so together they may take only so much memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smcli {

class ObjectPaths {
 public:
  // Object 0 is the root and has the empty path. Names of edges must outlive this.
  ObjectPaths(size_t count, char separator) : steps_(count), separator_(separator) {
    if (count > 0) steps_[0].reached = true;
  }

  // False when the object was reached before.
  bool Reach(int32_t id, int32_t parent, std::string_view name) {
    Step& step = steps_[static_cast<size_t>(id)];
    if (step.reached) return false;
    const Step& from = steps_[static_cast<size_t>(parent)];
    step = {true, parent, name, std::min(from.length + name.size() + 1, 2 * kBudget)};
    return true;
  }

  // nullopt: not reached, or more than all paths together may have.
  std::optional<std::string> Path(int32_t id) {
    const Step& last = steps_[static_cast<size_t>(id)];
    if (!last.reached || last.length > budget_) return std::nullopt;
    budget_ -= last.length;
    std::vector<std::string_view> names;
    for (int32_t at = id; at != 0; at = steps_[static_cast<size_t>(at)].parent)
      names.push_back(steps_[static_cast<size_t>(at)].name);
    std::string path;
    path.reserve(last.length);
    for (size_t i = names.size(); i-- > 0;) {
      path += names[i];
      if (i > 0) path += separator_;
    }
    return path;
  }

 private:
  static constexpr size_t kBudget = size_t{1} << 26;
  struct Step {
    bool reached = false;
    int32_t parent = 0;
    std::string_view name;
    size_t length = 0;
  };
  std::vector<Step> steps_;
  char separator_;
  size_t budget_ = kBudget;
};

}  // namespace smcli
