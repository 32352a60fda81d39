// RunAnswer: what one model gave, and its texts.
#pragma once

#include <string>
#include <vector>

#include "cli/junit.h"
#include "cli/run_target.h"
#include "model/signature.h"
#include "report/report.h"
#include "tensor/tensor.h"

namespace smcli {

class JsonWriter;

struct RunAnswer {
  std::string model;   // as typed
  std::string target;  // "signature serving_default"
  std::vector<TensorSpec> inputs;
  std::vector<Tensor> fed;  // beside inputs; without value where the model's default was taken
  std::vector<TensorSpec> outputs;
  std::vector<Tensor> tensors;   // beside outputs
  Value::Object findings;        // of --steps, --validate, --profile, --against
  std::vector<JUnitCase> cases;  // of --against
  bool passed = true;            // false: --validate or --against found something
};

// For people: key, dtype, shape and values of each output.
std::string AnswerText(const RunAnswer& answer);
// The words of saved_model_cli; with `outdir`, where each output is saved too.
std::string AnswerAsSavedModelCli(const RunAnswer& answer, const std::string& outdir);
// The members model, target, inputs, outputs and the findings of smcli.run/1, into an object that was begun.
void WriteAnswerJson(const RunAnswer& answer, JsonWriter& json);
// The members model and error {exit, message} of a model among several that could not be run.
void WriteFailureJson(const std::string& model, const Error& error, JsonWriter& json);

}  // namespace smcli
