#!/usr/bin/env python3
"""Seeds for tests/fuzz/fuzz_plan.cc from the recorded cases of every op.

  make_plan_corpus.py testdata/ops OUT

Each case of testdata/ops becomes a GraphDef of its own: what its signature needs of the graph, the functions that are reached
from there, and its recorded inputs as constants. libFuzzer's -merge=1 keeps those that reach new code."""
import json
import os
import sys

import numpy as np
from tensorflow.core.framework import graph_pb2
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.framework import tensor_util

LARGEST_INPUT = 256  # elements


def name_of(text):
    return text.lstrip("^").split(":")[0]


def functions_in(nodes, names):
    found = set()
    for node in nodes:
        if node.op in names:
            found.add(node.op)
        for attr in node.attr.values():
            found.update(f.name for f in [attr.func, *attr.list.func] if f.name in names)
    return found


def strip(node):
    for key in [k for k in node.attr if k.startswith("_")] + ["config_proto", "executor_type"]:
        node.attr.pop(key, None)


def reduced(graph, outputs):
    nodes = {n.name: n for n in graph.node}
    wanted, todo = set(), [name_of(o) for o in outputs]
    while todo:
        name = todo.pop()
        if name in nodes and name not in wanted:
            wanted.add(name)
            todo += [name_of(i) for i in nodes[name].input]
    small = graph_pb2.GraphDef(versions=graph.versions)
    small.node.extend(n for n in graph.node if n.name in wanted)
    library = {f.signature.name: f for f in graph.library.function}
    reached, todo = set(), list(functions_in(small.node, library))
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += functions_in(library[name].node_def, library)
    for name in sorted(reached):
        function = small.library.function.add()
        function.CopyFrom(library[name])
        function.attr.clear()
        function.arg_attr.clear()
        for node in function.node_def:
            strip(node)
    for node in small.node:
        strip(node)
    return small


def feed(graph, tensor_name, value):
    for node in graph.node:
        if node.name == name_of(tensor_name) and node.op.startswith("Placeholder"):
            name, dtype = node.name, node.attr["dtype"].type
            node.Clear()
            node.name, node.op = name, "Const"
            node.attr["dtype"].type = dtype
            node.attr["value"].tensor.CopyFrom(tensor_util.make_tensor_proto(value, dtype=dtype))


def seeds(folder):
    with open(os.path.join(folder, "cases.json"), encoding="utf-8") as f:
        cases = json.load(f)
    model = saved_model_pb2.SavedModel()
    with open(os.path.join(folder, "model/saved_model.pb"), "rb") as f:
        model.ParseFromString(f.read())
    values = np.load(os.path.join(folder, "cases.npz"), allow_pickle=False)
    meta = model.meta_graphs[0]
    for case in cases:
        signature = meta.signature_def.get(case.get("signature", case["name"]))
        if signature is None:
            continue
        graph = reduced(meta.graph_def, [o.name for o in signature.outputs.values()])
        for key, info in signature.inputs.items():
            member = f"{case['name']}/in/{key}"
            if info.name and member in values and values[member].size <= LARGEST_INPUT:
                try:
                    feed(graph, info.name, values[member])
                except (TypeError, ValueError):
                    pass  # an archive holds some dtypes as others
        yield case["name"], graph.SerializeToString(deterministic=True)


def main():
    source, out = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    for family in sorted(os.listdir(source)):
        folder = os.path.join(source, family)
        if os.path.exists(os.path.join(folder, "model/saved_model.pb")):
            for name, graph in seeds(folder):
                with open(os.path.join(out, f"{family}__{name}"[:120]), "wb") as f:
                    f.write(graph)


main()
