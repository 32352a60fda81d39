#include "cli/convert_flags.h"

#include "base/lookup.h"
#include "cli/run_options.h"
#include "convert/converter.h"

namespace smcli {

void ConvertFlags::Declare(Flags& flags) {
  models.Declare(flags);
  flags.Add("to", "TARGET", &to, "what to make of it; --list-targets").offers = NamesOf(AllConverters());
  flags.Add("tag-set", "TAGS", &tag_set, "the graph with exactly these tags, comma-separated; '' for none");
  flags.Add("signature,signature-def", "KEY", &options.signatures, "the signature of this key; repeatable");
  flags.Switch("list-targets", &list_targets, "all targets, and the flags each honours");
  flags.Switch("list-passes", &list_passes, "all passes of --passes");
  flags.Switch("plan", &plan, "what blocks each target, without converting");
  flags.Group("Verification");
  flags.Add("verify", "N", &verify, "run source and result on N sets of made-up inputs and compare").least = 0;
  flags.Add("atol", "X", &atol, "outputs may differ by X (default: 1e-5; NAME:X for one output)");
  flags.Add("rtol", "X", &rtol, "or by X times their size");
  flags.Group("Batch");
  flags.Add("batch", "LIST", &batch, "many models: a file of paths, a folder, a glob, or - for stdin");
  flags.Add("outdir", "DIR", &outdir, "where a batch goes: DIR/<name of the model>.<extension>");
  flags.Add("jobs,j", "N", &jobs, "models at a time, each in a process of its own (default: the cores)").least = 0;
  flags.Switch("keep-going,k", &keep_going, "convert the others when a model fails");
  flags.Switch("skip-existing", &skip_existing, "leave outputs alone that are there");
  flags.Add("report", "FILE", &report, "what became of each model, as JSON");
  flags.Group("Weights");
  flags.Add("names", "HOW", &options.names, "path: object paths; key: checkpoint keys (default: path)").choices = {
      "path", "key"};
  flags.Add("match", "GLOB", &options.match, "only tensors whose name or key matches");
  flags.Add("weights", "DTYPE", &options.weights, "store float32 variables as this").choices = {"float16", "bfloat16"};
  flags.Add("weights-from", "FILE", &options.weights_from, "take values from an npz, a checkpoint or a model");
  flags.Add("shards", "N", &options.shards, "data files of a checkpoint (default: 1)").least = 1;
  flags.Add("compress", "HOW", &options.compress, "compress the index of a checkpoint").choices = {"snappy"};
  flags.Switch("dedup", &options.dedup, "store equal tensors once");
  flags.Switch("strip-training", &options.strip_training, "leave out optimizer slots and other training state");
  flags.Group("Graphs");
  flags.Switch("prune", &options.prune, "leave out what the signatures do not need");
  flags.Add("passes", "NAMES", &passes, "run these passes in this order instead of the target's own");
  flags.Add("skip-passes", "NAMES", &options.skip_passes, "leave out these passes");
  flags.Switch("lower-control-flow", &options.lower_control_flow,
               "If, Case and While as Switch, Merge, Enter and Exit");
  flags.Group("Edits");
  flags.Add("rename-signature", "A=B", &options.rename_signature, "a new key for a signature");
  flags.Add("drop-signature", "KEY", &options.drop_signature, "a signature to leave out");
  flags.Add("add-signature", "KEY=SPEC", &options.add_signature, "another signature");
  flags.Add("rename-input", "SIG:A=B", &options.rename_input, "a new name for an input; SIG is the old key");
  flags.Add("rename-output", "SIG:A=B", &options.rename_output, "a new name for an output; SIG is the old key");
  flags.Add("set-default", "SIG:INPUT=VALUE", &options.set_default, "a default value of an input");
  flags.Add("input-shape", "SIG:INPUT=DIMS", &options.input_shape, "a static shape of an input");
  flags.Add("set-tags", "TAGS", &options.set_tags, "other tags for the graph");
}

Result<ConvertOptions> ConvertFlags::Read() const {
  ConvertOptions read = options;
  read.tags = GraphArguments{.tag_set = tag_set, .signature = std::nullopt}.Tags();
  if (!passes.empty()) read.passes = SplitCommas(passes);
  read.skip_passes = SplitCommas(options.skip_passes);
  return read;
}

}  // namespace smcli
