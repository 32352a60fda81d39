#include <fmt/format.h>

#include "diff/describe_diff.h"

namespace smcli {
namespace {

Value Maximum(const OutputChange& output) {
  return output.one_sided_nan ? Value::Text("NaN") : Value::Real(output.max_abs);
}

Table OutputTable(const BehaviourDiff& behaviour) {
  Table table{{{"signature", "signature"},
               {"output", "output"},
               {"changed", "changed"},
               {"max_abs_diff", "max difference"},
               {"mean_abs_diff", "mean"},
               {"elements", "elements"},
               {"differing", "beyond tolerance"},
               {"mismatch", ""}},
              {},
              ""};
  for (const SignatureBehaviour& signature : behaviour.signatures) {
    for (const OutputChange& output : signature.outputs) {
      table.Add({Value::Text(signature.signature), Value::Text(output.key), Value(output.changed), Maximum(output),
                 Value::Real(output.comparison.mean_abs), Value::Count(output.comparison.elements),
                 Value::Count(output.comparison.failed), Value::Text(output.comparison.mismatch)});
    }
  }
  return table;
}

Table FailureTable(const BehaviourDiff& behaviour) {
  Table table{{{"signature", "signature"}, {"model", "model"}, {"message", "fails with"}}, {}, ""};
  for (const SignatureBehaviour& signature : behaviour.signatures) {
    const auto add = [&](std::string_view model, const std::string& message) {
      if (!message.empty()) table.Add({Value::Text(signature.signature), Value::Text(model), Value::Text(message)});
    };
    add("old", signature.failure_before);
    add("new", signature.failure_after);
  }
  return table;
}

Table DivergenceTable(const BehaviourDiff& behaviour) {
  Table table{{{"signature", "signature"},
               {"function", "function"},
               {"node", "node"},
               {"node_new", ""},
               {"op", "op"},
               {"output", "output"},
               {"turn", "turn"},
               {"max_abs_diff", "max difference"},
               {"agreed_before", "agree before it"},
               {"unmatched_before", ""}},
              {},
              ""};
  for (const SignatureBehaviour& signature : behaviour.signatures) {
    if (!signature.divergence) continue;
    const Divergence& at = *signature.divergence;
    table.Add({Value::Text(signature.signature), at.function.empty() ? Value() : Value::Text(at.function),
               Value::Text(at.node), at.node_after.empty() ? Value() : Value::Text(at.node_after), Value::Text(at.op),
               Value::Text(at.change.key), Value::Count(at.turn), Maximum(at.change), Value::Count(at.agreed),
               Value::Count(at.unmatched)});
  }
  return table;
}

Table SkippedTable(const BehaviourDiff& behaviour) {
  Table table{{{"signature", "signature"}, {"reason", "why"}}, {}, ""};
  for (const SkippedSignature& skipped : behaviour.skipped) {
    table.Add({Value::Text(skipped.signature), Value::Text(skipped.reason)});
  }
  return table;
}

void AddTable(std::string key, std::string label, Table table, Value::Object& object) {
  const bool empty = table.rows.empty();
  object.push_back({std::move(key), empty ? "" : std::move(label), Value::Of(std::move(table))});
}

}  // namespace

Value DescribeBehaviour(const BehaviourDiff& behaviour) {
  Value::Object object;
  object.push_back({"changed", "changed", Value(behaviour.changed())});
  object.push_back({"max_abs_diff", "max difference",
                    behaviour.one_sided_nan() ? Value::Text("NaN") : Value::Real(behaviour.max_abs())});
  AddTable("outputs", "outputs", OutputTable(behaviour), object);
  AddTable("diverges_at", "first node that differs", DivergenceTable(behaviour), object);
  AddTable("failures", "failures", FailureTable(behaviour), object);
  AddTable("skipped", "not compared", SkippedTable(behaviour), object);
  return Value::Of(std::move(object));
}

}  // namespace smcli
