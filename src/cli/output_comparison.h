// --against: outputs beside those that were expected, in Polygraphy's figures.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/junit.h"
#include "model/signature.h"
#include "report/report.h"
#include "tensor/compare.h"

namespace smcli {

// --atol and --rtol: "1e-3" for all outputs, "y:1e-3" for one.
class ToleranceTable {
 public:
  // `UsageError` for what is no number, or negative.
  static Result<ToleranceTable> Parse(std::span<const std::string> atol, std::span<const std::string> rtol);
  Tolerances For(std::string_view output) const;
  // `UsageError` for an output that is not among `outputs`.
  Status CheckNames(const std::vector<TensorSpec>& outputs) const;

 private:
  std::map<std::string, double, std::less<>> atol_, rtol_;  // "": all others
};

struct ComparedOutput {
  std::string key;
  Tolerances tolerances;
  Comparison figures;
  double top1 = -1, top5 = -1;  // agreement as a fraction; -1: does not apply
  std::string message;          // one line for people; why it failed, where it did
};

struct OutputComparison {
  std::string reference;  // what was compared with
  std::vector<ComparedOutput> outputs;

  bool passed() const;
  // Members of the JSON, tables and a last line for people.
  Value::Object Describe() const;
  std::vector<JUnitCase> Cases() const;
};

// `want` holds a tensor per output key; one that is not there fails.
OutputComparison CompareOutputs(const std::vector<TensorSpec>& specs, std::span<const Tensor> got,
                                const std::map<std::string, Tensor, std::less<>>& want,
                                const ToleranceTable& tolerances, std::string reference);

}  // namespace smcli
