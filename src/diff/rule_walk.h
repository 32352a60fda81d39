// Walks over what both models have, for rules.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "diff/interface.h"
#include "diff/rules.h"

namespace smcli {

// Calls visit(place, pair) for each signature that both models have.
template <typename Visit>
void ForEachKeptSignature(const RuleContext& context, Visit visit) {
  for (const MetaGraphPair& meta_graph : context.meta_graphs) {
    for (const SignaturePair& pair : meta_graph.signatures) {
      if (pair.kept()) visit(PlaceOf(context.meta_graphs, meta_graph, pair.key), pair);
    }
  }
}

// Calls visit(place, signature, pair) for each input, or output, that either side of a kept signature has.
template <typename Visit>
void ForEachInput(const RuleContext& context, Visit visit) {
  ForEachKeptSignature(context, [&](const std::string& place, const SignaturePair& signature) {
    for (const SpecPair& pair : signature.inputs) visit(fmt::format("{}.inputs.{}", place, pair.key), signature, pair);
  });
}
template <typename Visit>
void ForEachOutput(const RuleContext& context, Visit visit) {
  ForEachKeptSignature(context, [&](const std::string& place, const SignaturePair& signature) {
    for (const SpecPair& pair : signature.outputs)
      visit(fmt::format("{}.outputs.{}", place, pair.key), signature, pair);
  });
}

// Calls visit(place, before, after) for each that both have.
template <typename Visit>
void ForEachKeptInput(const RuleContext& context, Visit visit) {
  ForEachInput(context, [&](const std::string& place, const SignaturePair&, const SpecPair& pair) {
    if (pair.kept()) visit(place, *pair.before, *pair.after);
  });
}
template <typename Visit>
void ForEachKeptOutput(const RuleContext& context, Visit visit) {
  ForEachOutput(context, [&](const std::string& place, const SignaturePair&, const SpecPair& pair) {
    if (pair.kept()) visit(place, *pair.before, *pair.after);
  });
}

}  // namespace smcli
