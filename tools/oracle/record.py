"""Runs the cases of a model in TensorFlow and writes what it answered: NAME.json, NAME.npz."""
import numpy as np
import tensorflow as tf
from tensorflow.python.saved_model import loader_impl

import replay
from cases import npz_bytes, write_json


def case(name, inputs, signature=None, function=None, args=None, python=None, tags=("serve",), **extra):
    """One run. inputs: {key: array}; exactly one of signature and function (a path in the object graph; args: its positional names)."""
    assert (signature is None) != (function is None)
    record = {"name": name, "tag_set": list(tags), "signature_def": signature, "function": function, "args": args}
    if python:
        record["python"] = python
    return {"record": {**record, **extra}, "inputs": {k: as_array(v) for k, v in inputs.items()}}


def as_array(value):
    if isinstance(value, list) and any(isinstance(v, (str, bytes)) for v in value):
        value = [v.encode() if isinstance(v, str) else v for v in value]
    array = np.asarray(value)
    return np.char.encode(array, "utf-8") if array.dtype.kind == "U" else array.astype("S") if array.dtype.kind == "O" else array


def describe(array):
    kind = "string" if array.dtype.kind in "SO" else str(array.dtype)
    return {"dtype": kind, "shape": list(array.shape)}


def storable(array):
    array = np.asarray(array)
    if array.dtype.kind == "O":
        return array.astype("S")
    return array.astype(np.float32) if array.dtype == tf.bfloat16.as_numpy_dtype else array


def record(model, cases, target):
    """model: folder; cases: of case(); target: path without suffix."""
    arrays, records = {}, []
    for c in cases:
        r = dict(c["record"])
        r["inputs"] = {k: describe(v) for k, v in c["inputs"].items()}
        try:
            outputs = call_function(model, c) if r["function"] else call_signature(model, c)
            outputs = {k: storable(v) for k, v in outputs.items()}
            r["outputs"] = {k: describe(v) for k, v in outputs.items()}
            r["expect"] = "ok"
        except (tf.errors.OpError, ValueError, TypeError) as e:
            if r.get("expect") != "error":
                raise
            outputs, r["outputs"], r["error"] = {}, {}, reason(e)
        exact = all(v.dtype.kind not in "fc" for v in outputs.values())
        r.setdefault("rtol", 0 if exact else 1e-4)
        r.setdefault("atol", 0 if exact else 1e-5)
        add_ops(model, r)
        for way, values in [("in", c["inputs"]), ("out", outputs)]:
            arrays.update({f"{r['name']}/{way}/{k}": v for k, v in values.items()})
        records.append(r)
    write_json(target + ".json", records)
    with open(target + ".npz", "wb") as f:
        f.write(npz_bytes(arrays))


def reason(error):
    """TensorFlow's own words, without the headings and stack traces around them."""
    parts = [p.strip() for p in str(error).split("\n\n") if not p.startswith("Original stack trace")]
    lines = [line for line in parts[-1].split("\n") if not line.strip().startswith("[[")]
    return lines[-1 if parts[-1].startswith("Detected at") else 0][:300]


def call_signature(model, c):
    graph, meta = replay.load(model, c["record"]["tag_set"])
    return replay.run(graph, meta, model, meta.signature_def[c["record"]["signature_def"]], c["inputs"])


def call_function(model, c):
    """The arguments are nested as their keys say: a/b/0 is element 0 of entry b of argument a."""
    target = root = tf.saved_model.load(model, tags=c["record"]["tag_set"] or None)
    for step in c["record"]["function"].split("."):
        target = target[int(step)] if step.isdigit() else getattr(target, step)
    tree = {}
    for key, value in c["inputs"].items():
        *path, last = key.split("/")
        at = tree
        for step in path:
            at = at.setdefault(step, {})
        at[last] = tf.constant(value.astype(object) if value.dtype.kind == "S" else value)
    values = {**{k: rebuild(v) for k, v in tree.items()}, **c["record"].get("python", {})}
    args = c["record"]["args"] or []
    positional = []
    for name in args:
        if name not in values:
            break
        positional.append(values.pop(name))
    result = target(*positional, **values)
    del root  # alive until here: functions do not hold the variables they capture
    return flatten(result, "") if isinstance(result, (dict, list, tuple)) else flatten(result, "output_0")


def rebuild(node):
    if not isinstance(node, dict):
        return node
    node = {k: rebuild(v) for k, v in node.items()}
    if set(node) == {"indices", "values", "dense_shape"}:
        return tf.SparseTensor(**node)
    if set(node) == {"values", "row_splits"}:
        return tf.RaggedTensor.from_row_splits(**node)
    return [node[str(i)] for i in range(len(node))] if all(k.isdigit() for k in node) else node


def flatten(value, path):
    if isinstance(value, tf.SparseTensor):
        return {f"{path}/{k}": getattr(value, k).numpy() for k in ["indices", "values", "dense_shape"]}
    if isinstance(value, tf.RaggedTensor):
        return {f"{path}/values": value.values.numpy(), f"{path}/row_splits": value.row_splits.numpy()}
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, (list, tuple)) else None
    if items is None:
        return {path: value.numpy()}
    return {k: v for key, x in items for k, v in flatten(x, f"{path}/{key}".lstrip("/")).items()}


def add_ops(model, r):
    """Op types that the case's entry point needs, and those of the initialiser, functions included."""
    meta = loader_impl.SavedModelLoader(model).get_meta_graph_def_from_tags(r["tag_set"])
    if r["function"]:
        objects, at = meta.object_graph_def, 0
        for step in r["function"].split("."):
            at = next(c.node_id for c in objects.nodes[at].children if c.local_name == step)
        r["ops"] = reachable_ops(meta, [], objects.nodes[at].function.concrete_functions)
    else:
        signature = meta.signature_def[r["signature_def"]]
        inputs = {t.name.split(":")[0] for t in signature.inputs.values()}
        outputs = [n.split(":")[0] for k, t in signature.outputs.items() for n in replay.components(k, t).values()]
        r["ops"] = reachable_ops(meta, needed_nodes(meta.graph_def, outputs, inputs), [])
    main = meta.collection_def["saved_model_main_op"].node_list.value if "saved_model_main_op" in meta.collection_def else []
    init = reachable_ops(meta, needed_nodes(meta.graph_def, main, set()), [])
    if set(init) - {"NoOp"}:
        r["init_ops"] = init


def reachable_ops(meta, nodes, functions):
    library = {f.signature.name: f for f in meta.graph_def.library.function}
    ops, seen, queue = set(), set(), list(functions)

    def scan(nodes):
        for node in nodes:
            called = [a.func.name for a in node.attr.values() if a.func.name] + [f.name for a in node.attr.values() for f in a.list.func]
            queue.extend(called + ([node.op] if node.op in library else []))
            if node.op not in library:
                ops.add(node.op)

    scan(nodes)
    while queue:
        name = queue.pop()
        if name not in seen:
            seen.add(name)
            scan(library[name].node_def)
    return sorted(ops)


def needed_nodes(graph_def, names, stop):
    """What the nodes `names` need; not beyond `stop`."""
    nodes = {n.name: n for n in graph_def.node}
    reached, queue = {}, list(names)
    while queue:
        name = queue.pop()
        if name not in reached:
            reached[name] = nodes[name]
            queue.extend([] if name in stop else [i.lstrip("^").split(":")[0] for i in nodes[name].input])
    return list(reached.values())
