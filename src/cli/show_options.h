// What `show` was asked for.
#pragma once

#include <optional>
#include <string>

#include "cli/model_arguments.h"

namespace smcli {

struct ShowOptions {
  ModelArguments models;
  GraphArguments graph_arguments;

  bool all = false;
  bool ops = false;
  bool by_function = false;
  bool variables = false;
  bool functions = false;
  bool object_graph = false;
  bool assets = false;
  bool fingerprint = false;
  bool versions = false;
  bool graph = false;
  bool size = false;
  std::optional<std::string> node;
  std::optional<std::string> value;
  std::optional<std::string> function;  // whose body --graph and --node look into

  // Of --variables.
  std::string sort = "name";
  std::string match;
  bool stats = false;
  bool histogram = false;
  bool sha256 = false;
  int64_t depth = 0;  // 0: the default of the part that it concerns

  void Declare(Flags& flags);
  // Once parsed: what says how a part is shown asks for that part too.
  void Complete();
  // Do the variables' values matter, and not only their shapes?
  bool reads_values() const { return stats || histogram || sha256; }
  // Was a part asked for, so that the overview is not shown?
  bool any_part() const;
};

}  // namespace smcli
