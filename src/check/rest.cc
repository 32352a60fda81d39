// What TensorFlow Serving's JSON API asks of signatures (profile rest).
#include <fmt/format.h>

#include "check/passes.h"

namespace smcli {
namespace {

// The types that the API converts from and to JSON (tensorflow_serving/util/json_tensor.cc).
constexpr DataTypeSet kJsonTypes = DataType::kFloat | DataType::kDouble | DataType::kInt32 | DataType::kInt16 |
                                   DataType::kInt8 | DataType::kInt64 | DataType::kUint8 | DataType::kUint16 |
                                   DataType::kUint32 | DataType::kUint64 | DataType::kBool | DataType::kString;

class RestChecker {
 public:
  RestChecker(const GraphSubject& subject, const Signature& signature, FindingCollector& found)
      : subject_(subject), signature_(signature), found_(found) {}

  void Run() {
    if (signature_.inputs.empty()) Report("REST_INPUT_PRESENT", "", "has no inputs");
    for (const TensorSpec& input : FlattenSpecs(signature_.inputs)) {
      const std::string place = fmt::format(".inputs.{}", input.key);
      CheckType("REST_INPUT_DTYPE", place, input);
      const int rank = input.shape.rank();
      if (rank == 0) {
        Report("REST_INPUT_BATCHED", place, "is a scalar, which the row format cannot send");
      } else if (rank > 0 && input.shape.dim(0) >= 0) {
        Report("REST_INPUT_BATCHED", place, fmt::format("has a fixed first dimension: {}", input.shape.ToString()));
      }
    }
    CheckOutputs();
  }

 private:
  void Report(std::string_view rule, std::string_view place, std::string message) {
    found_.Add(rule, subject_.model.model_file, subject_.PlaceIn(fmt::format("signature {}{}", signature_.key, place)),
               std::move(message));
  }

  void CheckType(std::string_view rule, std::string_view place, const TensorSpec& spec) {
    if (!kJsonTypes.Contains(spec.dtype)) {
      Report(rule, place, fmt::format("is {}, which JSON does not carry", NumpyName(spec.dtype)));
    }
  }

  void CheckOutputs() {
    for (const TensorSpec& output : FlattenSpecs(signature_.outputs)) {
      const std::string place = fmt::format(".outputs.{}", output.key);
      CheckType("REST_OUTPUT_DTYPE", place, output);
      const int rank = output.shape.rank();
      if (rank < 0) {
        Report("REST_OUTPUT_SHAPE_KNOWN", place, "has no known rank: whether it has the batch in front cannot be told");
      } else if (rank == 0) {
        Report("REST_OUTPUT_SHAPE_KNOWN", place, "is a scalar, and has no dimension for the batch");
      } else if (output.shape.dim(0) >= 0 && !signature_.inputs.empty()) {
        Report("REST_OUTPUT_BATCHED", place,
               fmt::format("has a fixed first dimension in place of the batch: {}", output.shape.ToString()));
      }
    }
  }

  const GraphSubject& subject_;
  const Signature& signature_;
  FindingCollector& found_;
};

}  // namespace

void CheckRest(const GraphSubject& subject, FindingCollector& found) {
  if (subject.model.model->frozen()) return;
  for (const Signature& signature : subject.meta.signatures()) {
    // Classify and Regress have request forms of their own.
    const bool predict = !signature.method_name.ends_with("/classify") && !signature.method_name.ends_with("/regress");
    if (!signature.internal() && predict) RestChecker(subject, signature, found).Run();
  }
}

}  // namespace smcli
