// Graphs for tests, from protobuf's text form.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "graph.pb.h"
#include "model/functions.h"
#include "model/graph.h"
#include "model/text_format.h"
#include "model/wire_check.h"
#include "support/catch.h"

namespace smcli {

// The serialized message that the text describes.
template <typename Message>
std::string BytesOf(std::string_view text) {
  Message message;
  REQUIRE_OK(ParseText(text, &message));
  return CanonicalBytes(message);
}

// A GraphDef with what must outlive its Graph: op definitions and functions.
class TextGraph {
 public:
  explicit TextGraph(std::string_view text) : TextGraph(SharedBytes(BytesOf<tensorflow::GraphDef>(text))) {}
  explicit TextGraph(SharedBytes graph_def) : bytes_(std::move(graph_def)) {
    functions_ = Value(FunctionLibrary::Open(bytes_));
  }

  GraphContext context() const { return {.ops = &ops_, .functions = functions_.get()}; }
  const FunctionLibrary& functions() const { return *functions_; }
  Result<Graph> Build(std::vector<Error>* problems = nullptr) const { return BuildGraph(bytes_, context(), problems); }
  Result<Graph> BuildFunction(std::string_view name, const AttrBindings& bindings = {},
                              std::vector<Error>* problems = nullptr) const {
    return BuildFunctionGraph(*Value(functions_->Get(name)), bindings, context(), problems);
  }

 private:
  SharedBytes bytes_;
  OpDefs ops_;
  std::unique_ptr<FunctionLibrary> functions_;
};

}  // namespace smcli
