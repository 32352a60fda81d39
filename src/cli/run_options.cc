#include "cli/run_options.h"

namespace smcli {

void RunOptions::Declare(Flags& flags) {
  models.Declare(flags);
  flags.Group("What to run");
  graph.Declare(flags);
  flags.Add("function", "PATH", &function, "a function of the object graph: __call__, encoder.embed");
  flags.Add("fetch", "NODE:0", &fetches, "tensors of the graph by name; inputs are tensor names then");
  flags.Add("feed", "'NODE:0=...'", &feeds, "the same as --inputs, for tensor names");
  flags.Add("outputs", "A,B", &outputs, "only these outputs");
  inputs.Declare(flags);

  flags.Group("Results");
  flags.Add("outdir", "DIR", &outdir, "each output into DIR/KEY.npy");
  flags.Add("save-outputs", "FILE.npz", &save_outputs, "all outputs into one file");
  flags.Add("save-inputs", "FILE.npz", &save_inputs, "the inputs as they were fed");
  flags.Add("against", "FILE.npz|MODEL", &against,
            "compare with recorded outputs or with another model; exit 1 if they differ");
  flags.Add("atol", "[Y:]NUMBER", &atol, "absolute tolerance of --against (default: 1e-5)");
  flags.Add("rtol", "[Y:]NUMBER", &rtol, "relative tolerance of --against (default: 1e-5)");
  flags.Add("batch-size", "N", &batch_size, "split the first dimension of the inputs, run the parts in parallel")
      .least = 0;

  flags.Group("Looking inside");
  flags.Switch("steps", &steps, "every intermediate tensor, as it is computed");
  flags.Switch("validate", &validate, "name the first NaN or infinity; exit 1 if there is one");
  flags.Add("fetch-all", "FILE.npz", &fetch_all, "every intermediate tensor into a file");
  flags.Switch("profile", &profile, "where the time goes, by op");
  flags.Add("profile-trace", "FILE.json", &profile_trace, "each step, for chrome://tracing or Perfetto");
  flags.Add("repeat", "N", &repeat, "run so often (default: 1)").least = 1;
  flags.Add("warmup", "N", &warmup, "runs that do not count, before the others (default: 0)").least = 0;
  flags.Add("timing", "FILE.json", &timing, "seconds of each run and of loading, peak memory");

  limits.Declare(flags);
  flags.Add("allow-files", "DIR", &allow_files, "let the model's file ops read and write below DIR (default: nowhere)");
}

Status RunOptions::Check(const Env& env) const {
  if (function && (graph.signature || !fetches.empty())) {
    return UsageError("--function, --signature and --fetch each say what to run; give one of them");
  }
  if (graph.signature && !fetches.empty())
    return UsageError("--signature and --fetch each say what to run; give one of them");
  if (!feeds.empty() && fetches.empty()) return UsageError("--feed needs --fetch NODE:0");
  if (models.Paths().size() > 1 && (save_inputs || save_outputs || timing || profile_trace || fetch_all)) {
    return UsageError("--save-inputs, --save-outputs, --timing, --profile-trace and --fetch-all take one model");
  }
  if (batch_size > 0 && (steps || fetch_all || validate || profile || profile_trace || repeat > 1 || warmup > 0)) {
    return UsageError("--batch-size does not go with --steps, --validate, --fetch-all, --profile or --repeat");
  }
  if (env.format == "junit" && !against) return UsageError("--format junit needs --against");
  if (env.format == "rest" && models.Paths().size() > 1) return UsageError("--format rest takes one model");
  if (env.format == "npz" && models.Paths().size() > 1) return UsageError("--format npz takes one model");
  if (env.format == "npz" && env.output.empty() && env.out_terminal.interactive) {
    return UsageError("a terminal shows no npz; use --output FILE.npz or a pipe");
  }
  if (!env.saved_model_cli()) return {};
  if (!models.given()) return UsageError("saved_model_cli run needs --dir");
  if (!graph.signature) return UsageError("saved_model_cli run needs --signature_def");
  if (!graph.tag_set || graph.tag_set->find_first_not_of(", ") == std::string::npos) {
    return UsageError("saved_model_cli run needs a --tag_set that is not empty");
  }
  if (inputs.inputs.empty() && inputs.expressions.empty() && inputs.examples.empty()) {
    return UsageError("at least one of --inputs, --input_exprs or --input_examples must be given");
  }
  return {};
}

Result<GivenInputs> RunOptions::ReadInputs(Env& env) const {
  InputFlags all = inputs;
  all.inputs.insert(all.inputs.end(), feeds.begin(), feeds.end());
  return all.Read(env);
}

RunSelection RunOptions::Selection(const std::string& model, const GivenInputs& given) const {
  RunSelection selection;
  selection.model = model;
  selection.tags = graph.Tags();
  selection.signature = graph.signature ? graph.signature : given.signature;
  selection.function = function;
  selection.fetches = SplitCommas(fetches);
  selection.outputs = SplitCommas(outputs);
  selection.timeout_s = limits.timeout_s;
  return selection;
}

SessionOptions RunOptions::Options(const Env& env) const {
  SessionOptions options;
  options.threads = static_cast<int>(env.threads);
  options.allow_files_dir = allow_files.value_or("");
  return options;
}

std::vector<std::string> SplitCommas(const std::vector<std::string>& texts) {
  std::vector<std::string> out;
  for (const std::string& text : texts) {
    for (size_t at = 0; at <= text.size();) {
      const size_t comma = std::min(text.find(',', at), text.size());
      if (comma > at) out.push_back(text.substr(at, comma - at));
      at = comma + 1;
    }
  }
  return out;
}

}  // namespace smcli
