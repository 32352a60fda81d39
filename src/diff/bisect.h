// Bisection: which node's value parts two models that ran on the same inputs. Nodes are matched as for a diff of the
// graphs: by name, and where names differ by what they are.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "diff/behaviour.h"
#include "diff/match.h"
#include "exec/session.h"

namespace smcli {

class ThreadPool;

// A place in a model, named so that both models have one name for what is one node.
class StepNames {
 public:
  // The meta-graphs of the pair outlive this. `InvalidModelError` for graphs whose bytes cannot be read.
  static Result<std::unique_ptr<const StepNames>> Make(const MetaGraphPair& pair, ThreadPool& threads);
  virtual ~StepNames() = default;

  virtual std::string Before(std::string_view function, std::string_view node) const = 0;
  // nullopt: the old model has no such node.
  virtual std::optional<std::string> After(std::string_view function, std::string_view node) const = 0;
};

class Bisection {
 public:
  // Observers of the two runs, the old model's first. `names` outlives this.
  explicit Bisection(const StepNames& names) : names_(names) {}
  void ObserveBefore(const StepInfo& step, std::span<const Tensor> outputs);
  void ObserveAfter(const StepInfo& step, std::span<const Tensor> outputs);

  // After both runs: the first of the old model's steps whose value the new one has not.
  std::optional<Divergence> First(const Tolerances& tolerances) const;

 private:
  struct Step {
    std::string name;  // of StepNames
    std::string function, node, op;
    std::vector<Tensor> outputs;
  };
  struct Turn {
    std::string node;
    std::vector<Tensor> outputs;
  };

  const StepNames& names_;
  std::vector<Step> before_;
  std::unordered_map<std::string, std::vector<Turn>> after_;  // by name, one for each time it ran
};

}  // namespace smcli
