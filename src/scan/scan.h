// Scan: what a model does besides computing: ops that touch files, other processes, code outside of the model, or the
// terminal, wherever they hide. Nothing is run. A scan is no sandbox: run a model you do not trust in one.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/saved_model.h"
#include "scan/reach.h"
#include "scan/scan_rules.h"

namespace smcli {

struct ScanOptions {
  std::vector<std::string> deny;         // globs of ops that are reported, whatever they do
  std::vector<std::string> allow;        // globs of ops that are not reported; goes before `deny`
  Severity threshold = Severity::kInfo;  // what is milder is not reported
};

// How something is reached, as text.
struct ScanRoute {
  std::string kind;                    // "signature", "init op", "function", "saver"
  std::string name;                    // of what starts it
  std::vector<std::string> functions;  // called one by the other
};

struct ScanFinding {
  const ScanRule* rule = nullptr;
  Severity severity = Severity::kInfo;
  std::string op;
  std::string tags;      // of the meta-graph: "serve"
  std::string function;  // empty: the main graph
  std::string node;
  std::string message;             // one line
  std::vector<std::string> paths;  // constant file names, addresses, tokens
  std::vector<ScanRoute> routes;   // empty: nothing that the model offers runs it

  // "serve > __inference_f_12 > ReadFile"
  std::string Where() const;
};

struct ScanResult {
  std::vector<ScanFinding> findings;                  // the worst first; at most kMaxFindings
  std::map<Severity, int64_t> counts;                 // of all, those beyond kMaxFindings too
  int64_t omitted = 0;                                // findings beyond kMaxFindings
  int64_t meta_graphs = 0, functions = 0, nodes = 0;  // looked at

  static constexpr size_t kMaxFindings = 10000;
  // Anything above info?
  bool found() const;
};

// `meta_graphs`: those to look at. `InvalidModelError` for graphs whose bytes cannot be read.
Result<ScanResult> Scan(std::span<const MetaGraph* const> meta_graphs, const ScanOptions& options);

}  // namespace smcli
