#include "cli/input_flags.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/assignments.h"
#include "cli/generated_inputs.h"
#include "cli/input_file.h"
#include "cli/rest_request.h"
#include "cli/tf_examples.h"
#include "formats/numpy_functions.h"

namespace smcli {

namespace {

void Put(Env& env, std::string_view flag, std::string key, InputValue value, InputValues& values) {
  const auto [at, added] = values.try_emplace(key);
  if (!added) {
    env.Note(fmt::format("input {} was given twice; {} counts", Quoted(key), flag));
  }
  at->second = std::move(value);
}

}  // namespace

void InputFlags::Declare(Flags& flags) {
  flags.Group("Inputs");
  flags.Add("inputs", "'X=FILE;...'", &inputs,
            "from .npy, .npz[MEMBER], .json, .txt or image files (DIR/*.png: a batch), '-' for stdin, or a literal");
  flags.Add("input-exprs", "'X=EXPR;...'", &expressions,
            "Python literals, and np.array, ones, zeros, full, eye, arange, linspace, reshape, astype, np.random.*");
  flags.Add("input-examples", "'X=[{...}]'", &examples, "serialised tf.Examples: [{\"age\":[21],\"name\":[\"a\"]}]");
  flags.Add("input-json", "FILE", &request,
            "a TensorFlow Serving REST body: \"instances\" or \"inputs\"; '-' for stdin");
  flags.Switch("random", &random, "make up the inputs that are not given");
  flags.Add("seed", "N", &seed, "of --random and np.random (default: 0)");
  flags.Add("range", "[X:][LOW,HIGH]", &ranges, "of --random (default: [0,1])");
  flags.Add("input-shapes", "X:[1,224,224,3]", &shapes, "of --random; open sizes are 1 otherwise");
  flags.Switch("cast", &cast, "convert numbers to the model's dtypes as numpy's astype, lossy or not");
}

Result<GivenInputs> InputFlags::Read(Env& env) const {
  GivenInputs given;
  if (request) {
    SMCLI_ASSIGN_OR_RETURN(const std::string body, ReadInputText(*env.files, *request));
    SMCLI_ASSIGN_OR_RETURN(RestRequest rest, ParseRestRequest(body, *request));
    given = {std::move(rest.values), std::move(rest.signature_name), true, rest.rows};
  }
  for (const std::string& text : inputs) {
    SMCLI_ASSIGN_OR_RETURN(const std::vector<Assignment> parts, SplitAssignments(text, "--inputs", false));
    for (const Assignment& part : parts) {
      SMCLI_ASSIGN_OR_RETURN(InputValue value, ReadInputFile(env, part.name, part.value));
      Put(env, "the later --inputs", part.name, std::move(value), given.values);
    }
  }
  if (seed < 0 || seed > UINT32_MAX) return UsageError("--seed: seeds go from 0 to 4294967295");
  NumpyRandom numpy_random(static_cast<uint32_t>(seed));
  for (const std::string& text : expressions) {
    SMCLI_ASSIGN_OR_RETURN(const std::vector<Assignment> parts, SplitAssignments(text, "--input_exprs", true));
    for (const Assignment& part : parts) {
      SMCLI_ASSIGN_OR_RETURN(
          PythonValue value,
          EvaluateNumpy(part.value, numpy_random).Annotate(fmt::format("--input_exprs {}", Escaped(part.name))));
      Put(env, "--input_exprs", part.name, InputValue::Python("--input_exprs", std::move(value)), given.values);
    }
  }
  for (const std::string& text : examples) {
    SMCLI_ASSIGN_OR_RETURN(const std::vector<Assignment> parts, SplitAssignments(text, "--input_examples", true));
    for (const Assignment& part : parts) {
      const std::string place = fmt::format("--input_examples {}", Escaped(part.name));
      SMCLI_ASSIGN_OR_RETURN(const PythonValue value, ParsePythonLiteral(part.value).Annotate(place));
      SMCLI_ASSIGN_OR_RETURN(Tensor messages, SerializeExamples(value).Annotate(place));
      Put(env, "--input_examples", part.name, InputValue::Array("--input_examples", std::move(messages)), given.values);
    }
  }
  return given;
}

Status InputFlags::Generate(Env& env, const std::vector<TensorSpec>& specs, const std::vector<bool>& has_default,
                            std::vector<Tensor>& tensors) const {
  if (!random) return {};
  SMCLI_ASSIGN_OR_RETURN(const GeneratedInputs generated, GeneratedInputs::Parse(seed, ranges, shapes));
  SMCLI_RETURN_IF_ERROR(generated.CheckNames(specs));
  std::vector<std::string> guessed;
  for (size_t i = 0; i < specs.size(); ++i) {
    if (tensors[i].has_value() || has_default[i]) continue;
    SMCLI_ASSIGN_OR_RETURN(InputValue value, generated.Make(specs[i], &guessed));
    tensors[i] = std::move(value.tensor);
  }
  if (!guessed.empty()) {
    std::vector<std::string_view> names(guessed.begin(), guessed.end());
    env.Note(fmt::format("open sizes of {} became 1; --input-shapes sets them", ListOf(names)));
  }
  return {};
}

}  // namespace smcli
