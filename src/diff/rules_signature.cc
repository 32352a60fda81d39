// Rules about signatures as a whole.
#include "diff/rule_walk.h"

namespace smcli {
namespace {

void SameMethodName(const RuleContext& context, RuleReporter& reporter) {
  ForEachKeptSignature(context, [&](const std::string& place, const SignaturePair& pair) {
    if (pair.before->method_name == pair.after->method_name) return;
    reporter.Add(place, fmt::format("method name \"{}\" -> \"{}\"", pair.before->method_name, pair.after->method_name));
  });
}

constexpr Rule kRules[] = {
    {"SIGNATURE_SAME_METHOD_NAME", kPredict | kRest, "Checks that a signature keeps its method name.",
     "The server compares it with the API that is called, at request time; in the REST URL it is the verb.",
     "Export with the old method name; put the other one into a signature of its own.", SameMethodName},
};

}  // namespace

std::span<const Rule> SignatureRules() { return kRules; }

}  // namespace smcli
