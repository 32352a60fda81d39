// Faults of functions, the object graph, and of what loaders run.
#include <algorithm>

#include "check/faulty_model.h"

namespace smcli {
namespace {

using tensorflow::FunctionDef;
using tensorflow::GraphDef;
using tensorflow::NodeDef;

// Calls `damage` with the first node of one of the ops, wherever it is.
void WithNode(GraphDef& graph, const std::vector<std::string>& ops,
              const std::function<void(NodeDef&, FunctionDef*)>& damage) {
  const auto is_one = [&](const NodeDef& node) { return std::ranges::find(ops, node.op()) != ops.end(); };
  for (NodeDef& node : *graph.mutable_node()) {
    if (is_one(node)) return damage(node, nullptr);
  }
  for (FunctionDef& function : *graph.mutable_library()->mutable_function()) {
    for (NodeDef& node : *function.mutable_node_def()) {
      if (is_one(node)) return damage(node, &function);
    }
  }
  FAIL("no node of op " << ops[0]);
}

void CheckMissing(const std::vector<std::string>& ops, const std::string& attr) {
  INFO(attr);
  FaultyModel model("functional_loops");
  model.EditGraph([&](GraphDef& graph) {
    WithNode(graph, ops, [&](NodeDef& node, FunctionDef*) {
      auto& value = (*node.mutable_attr())[attr];
      if (value.has_list()) {
        value.mutable_list()->mutable_func(0)->set_name("gone_function");
      } else {
        value.mutable_func()->set_name("gone_function");
      }
    });
  });
  CheckFinds(model, "FUNCTION_EXISTS", {"gone_function"});
}

TEST_CASE("functions that are not there, whoever calls them") {
  CheckMissing({"PartitionedCall", "StatefulPartitionedCall"}, "f");
  CheckMissing({"If", "StatelessIf"}, "then_branch");
  CheckMissing({"If", "StatelessIf"}, "else_branch");
  CheckMissing({"While", "StatelessWhile"}, "cond");
  CheckMissing({"While", "StatelessWhile"}, "body");
  CheckMissing({"Case", "StatelessCase"}, "branches");
}

TEST_CASE("functions that do not fit those who call them") {
  FaultyModel loop("functional_loops");
  loop.EditGraph([](GraphDef& graph) {
    WithNode(graph, {"While", "StatelessWhile"}, [](NodeDef& node, FunctionDef*) {
      (*node.mutable_attr())["cond"].mutable_func()->set_name(node.attr().at("body").func().name());
    });
  });
  CheckFinds(loop, "FUNCTION_ARGS_MATCH", {"is the condition of a loop"});
  FaultyModel branch("functional_loops");
  branch.EditGraph([](GraphDef& graph) {
    WithNode(graph, {"If", "StatelessIf"}, [&](NodeDef& node, FunctionDef*) {
      for (const FunctionDef& function : graph.library().function()) {
        if (function.signature().input_arg_size() == node.attr().at("Tin").list().type_size()) continue;
        (*node.mutable_attr())["else_branch"].mutable_func()->set_name(function.signature().name());
        return;
      }
    });
  });
  CheckFinds(branch, "FUNCTION_ARGS_MATCH", {"takes other arguments"});
}

TEST_CASE("recursion: at once, and by way of a loop") {
  FaultyModel direct("half_plus_two");
  direct.EditGraph([](GraphDef& graph) {
    WithNode(graph, {"PartitionedCall", "StatefulPartitionedCall"}, [](NodeDef&, FunctionDef*) {});
    for (FunctionDef& function : *graph.mutable_library()->mutable_function()) {
      for (NodeDef& node : *function.mutable_node_def()) {
        if (!node.op().ends_with("PartitionedCall")) continue;
        (*node.mutable_attr())["f"].mutable_func()->set_name(function.signature().name());
        return;
      }
    }
    FAIL("no function calls another");
  });
  CheckFinds(direct, "FUNCTION_NO_RECURSION", {"calls itself"}, {"FUNCTION_ARGS_MATCH"});
  FaultyModel loop("functional_loops");
  loop.EditGraph([](GraphDef& graph) {
    WithNode(graph, {"While", "StatelessWhile"}, [&](NodeDef& node, FunctionDef*) {
      for (FunctionDef& function : *graph.mutable_library()->mutable_function()) {
        if (function.signature().name() != node.attr().at("body").func().name()) continue;
        NodeDef again = node;
        again.set_name("again");
        again.clear_input();
        for (const auto& arg : function.signature().input_arg()) again.add_input(arg.name());
        *function.add_node_def() = again;
      }
    });
  });
  CheckFinds(loop, "FUNCTION_NO_RECURSION", {"calls itself"});
}

TEST_CASE("returns that are missing or come from nowhere, names that two functions share") {
  FaultyModel missing("half_plus_two");
  missing.EditGraph([](GraphDef& graph) {
    for (FunctionDef& function : *graph.mutable_library()->mutable_function()) {
      if (function.signature().output_arg_size() > 0) return function.clear_ret();
    }
  });
  CheckFinds(missing, "FUNCTION_RETURNS_COMPLETE", {"function"});
  FaultyModel nowhere("half_plus_two");
  nowhere.EditGraph([](GraphDef& graph) {
    for (FunctionDef& function : *graph.mutable_library()->mutable_function()) {
      if (function.ret_size() == 0) continue;
      function.mutable_ret()->begin()->second = "gone:output:0";
      return;
    }
  });
  CheckFinds(nowhere, "GRAPH_INPUT_EXISTS", {"gone:output:0"});
  FaultyModel twins("half_plus_two");
  twins.EditGraph([](GraphDef& graph) { *graph.mutable_library()->add_function() = graph.library().function(0); });
  CheckFinds(twins, "FUNCTION_NAME_UNIQUE", {"__inference"});
}

TEST_CASE("objects: functions that are not there, captures without arguments, ids out of range") {
  FaultyModel gone("vocab_lookup");
  gone.Edit([](tensorflow::SavedModel& saved) {
    for (auto& node : *saved.mutable_meta_graphs(0)->mutable_object_graph_def()->mutable_nodes()) {
      if (node.has_function() && node.function().concrete_functions_size() > 0) {
        return node.mutable_function()->set_concrete_functions(0, "gone_function");
      }
    }
    FAIL("no function");
  });
  CheckFinds(gone, "OBJECT_FUNCTION_EXISTS", {"gone_function"});
  FaultyModel extra("half_plus_two");
  extra.Edit([](tensorflow::SavedModel& saved) {
    auto& functions = *saved.mutable_meta_graphs(0)->mutable_object_graph_def()->mutable_concrete_functions();
    functions["not_in_library"] = functions.begin()->second;
  });
  CheckFinds(extra, "OBJECT_FUNCTION_EXISTS", {"not_in_library"});
  FaultyModel captures("half_plus_two");
  captures.Edit([](tensorflow::SavedModel& saved) {
    for (auto& [name, function] :
         *saved.mutable_meta_graphs(0)->mutable_object_graph_def()->mutable_concrete_functions()) {
      if (function.bound_inputs_size() == 0) continue;
      for (int i = 0; i < 20; ++i) function.add_bound_inputs(function.bound_inputs(0));
      return;
    }
  });
  CheckFinds(captures, "OBJECT_CAPTURES_MATCH", {"captures"});
  FaultyModel range("half_plus_two");
  range.Edit([](tensorflow::SavedModel& saved) {
    saved.mutable_meta_graphs(0)->mutable_object_graph_def()->mutable_nodes(0)->mutable_children(0)->set_node_id(999);
  });
  CheckFinds(range, "OBJECT_GRAPH_READABLE", {"999"});
}

TEST_CASE("objects: arguments and results of no kind") {
  for (const bool result : {false, true}) {
    INFO(result);
    FaultyModel model("half_plus_two");
    model.Edit([&](tensorflow::SavedModel& saved) {
      auto& function =
          saved.mutable_meta_graphs(0)->mutable_object_graph_def()->mutable_concrete_functions()->begin()->second;
      if (result) {
        function.clear_output_signature();
      } else {
        function.mutable_canonicalized_input_signature()->mutable_tuple_value()->add_values();
      }
    });
    CheckFinds(model, "OBJECT_GRAPH_READABLE", {"has no kind"});
  }
}

TEST_CASE("initialisers and savers that name what is not there") {
  FaultyModel init("vocab_lookup");
  init.Edit([](tensorflow::SavedModel& saved) {
    auto& signatures = *saved.mutable_meta_graphs(0)->mutable_signature_def();
    (*signatures.at("__saved_model_init_op").mutable_outputs())["__saved_model_init_op"].set_name("gone_init");
  });
  CheckFinds(init, "INIT_OP_EXISTS", {"gone_init"});
  for (const char* name : {"half_plus_two", "half_plus_two_v1"}) {
    INFO(name);
    FaultyModel restore(name);
    restore.Edit([](tensorflow::SavedModel& saved) {
      saved.mutable_meta_graphs(0)->mutable_saver_def()->set_restore_op_name("gone_restore");
    });
    CheckFinds(restore, "RESTORE_OP_EXISTS", {"gone_restore"});
    FaultyModel filename(name);
    filename.Edit([](tensorflow::SavedModel& saved) {
      saved.mutable_meta_graphs(0)->mutable_saver_def()->set_filename_tensor_name("gone_name:0");
    });
    CheckFinds(filename, "RESTORE_OP_EXISTS", {"gone_name:0"});
    FaultyModel save(name);
    save.Edit([](tensorflow::SavedModel& saved) {
      saved.mutable_meta_graphs(0)->mutable_saver_def()->clear_save_tensor_name();
    });
    CheckFinds(save, "RESTORE_OP_EXISTS", {"names no save op"});
  }
}

TEST_CASE("functions that nothing calls are only noteworthy") {
  FaultyModel model("half_plus_two");
  model.EditGraph([](GraphDef& graph) {
    FunctionDef& function = *graph.mutable_library()->add_function();
    function = graph.library().function(0);
    function.mutable_signature()->set_name("lonely");
  });
  CheckFinds(model, "FUNCTION_USED", {"info", "function lonely"});
}

}  // namespace
}  // namespace smcli
