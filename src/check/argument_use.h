// ArgumentUse: which arguments of a function have a part in what it returns or does.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/functions.h"
#include "model/graph.h"

namespace smcli {

class ArgumentUse {
 public:
  explicit ArgumentUse(const GraphContext& context) : context_(context) {}

  // By flattened argument. Of functions that cannot be read, that call themselves or lie too deep, all are used.
  const std::vector<bool>& Of(std::string_view function);

  // Of the nodes that `roots` need, the inputs that count: calls drop those that the function does not use. True at
  // [node] for what is needed.
  std::vector<bool> Needed(const Graph& graph, std::vector<int32_t> roots, const std::vector<bool>& stop);

 private:
  struct Entry {
    std::vector<bool> used;
    bool done = false;
  };
  void Compute(std::string_view function);
  // Of a function's graph whose callees are known.
  std::vector<bool> UsedIn(const Graph& graph);
  std::vector<std::string> Callees(const Graph& graph) const;

  GraphContext context_;
  std::map<std::string, Entry, std::less<>> known_;
};

}  // namespace smcli
