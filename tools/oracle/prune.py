"""Cuts a SavedModel down to some of its signatures, in the form TensorFlow would have written."""
import os
import shutil

import tensorflow as tf
from tensorflow.core.framework import variable_pb2
from tensorflow.core.protobuf import control_flow_pb2
from tensorflow.core.protobuf import fingerprint_pb2
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.core.protobuf import trackable_object_graph_pb2
from tensorflow.python.saved_model.pywrap_saved_model import fingerprinting

OBJECT_GRAPH_KEY = "_CHECKPOINTABLE_OBJECT_GRAPH"


def prune(source, target, keep):
    """Copies the model folder `source` to `target` with only the signatures `keep`."""
    model = saved_model_pb2.SavedModel()
    with open(os.path.join(source, "saved_model.pb"), "rb") as f:
        model.ParseFromString(f.read())
    for meta in model.meta_graphs:
        for key in [k for k in meta.signature_def if k not in keep]:
            del meta.signature_def[key]
        if meta.HasField("object_graph_def"):
            prune_objects(meta.object_graph_def, keep)
        prune_graph(meta)
    os.makedirs(target)
    with open(os.path.join(target, "saved_model.pb"), "wb") as f:
        f.write(model.SerializeToString(deterministic=True))
    if os.path.isdir(os.path.join(source, "assets")):
        shutil.copytree(os.path.join(source, "assets"), os.path.join(target, "assets"), copy_function=shutil.copyfile)
        os.chmod(os.path.join(target, "assets"), 0o755)
    if os.path.isdir(os.path.join(source, "variables")):
        copy_checkpoint(os.path.join(source, "variables", "variables"), os.path.join(target, "variables", "variables"), keep)
    if os.path.exists(os.path.join(source, "fingerprint.pb")):
        with open(os.path.join(source, "fingerprint.pb"), "rb") as f:
            uuid = fingerprint_pb2.FingerprintDef.FromString(f.read()).uuid
        fingerprint = fingerprint_pb2.FingerprintDef.FromString(fingerprinting.CreateFingerprintDef(target))
        fingerprint.uuid = uuid  # otherwise another one on every run
        with open(os.path.join(target, "fingerprint.pb"), "wb") as f:
            f.write(fingerprint.SerializeToString(deterministic=True))


def copy_checkpoint(source, target, keep):
    os.makedirs(os.path.dirname(target))
    reader = tf.train.load_checkpoint(source)
    keys = sorted(reader.get_variable_to_dtype_map())
    tensors = {k: reader.get_tensor(k) for k in keys}
    if OBJECT_GRAPH_KEY in tensors:
        objects = trackable_object_graph_pb2.TrackableObjectGraph.FromString(tensors[OBJECT_GRAPH_KEY])
        prune_objects(objects, keep)
        tensors[OBJECT_GRAPH_KEY] = objects.SerializeToString(deterministic=True)
    dtypes = reader.get_variable_to_dtype_map()
    tf.raw_ops.SaveV2(prefix=target + "_part", tensor_names=keys, shape_and_slices=[""] * len(keys), tensors=[tf.constant(tensors[k], dtypes[k]) for k in keys])
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=[target + "_part"], destination_prefix=target)


def prune_objects(objects, keep):
    """Works on a SavedObjectGraph and on a checkpoint's TrackableObjectGraph."""
    nodes = objects.nodes
    for child in nodes[0].children:
        if child.local_name == "signatures":
            signatures = nodes[child.node_id]
            kept = [c for c in signatures.children if c.local_name in keep]
            del signatures.children[:]
            signatures.children.extend(kept)
    functions = getattr(objects, "concrete_functions", {})
    reached, queue = set(), [0]
    while queue:
        i = queue.pop()
        if i in reached:
            continue
        reached.add(i)
        queue.extend(references(nodes[i]))
        for name in functions_of(nodes[i]):
            queue.extend(functions[name].bound_inputs)
    order = sorted(reached)
    number = {old: new for new, old in enumerate(order)}
    needed = {name for i in order for name in functions_of(nodes[i])}
    for name in [n for n in functions if n not in needed]:
        del functions[name]
    for function in functions.values():
        function.bound_inputs[:] = [number[i] for i in function.bound_inputs]
    kept = [nodes[i] for i in order]
    for node in kept:
        for owner in [*node.children, *getattr(node, "dependencies", [])]:
            owner.node_id = number[owner.node_id]
        for slot in node.slot_variables:
            slot.original_variable_node_id = number[slot.original_variable_node_id]
            slot.slot_variable_node_id = number[slot.slot_variable_node_id]
        for saveable in getattr(node, "saveable_objects", {}).values():
            saveable.save_function = number[saveable.save_function]
            saveable.restore_function = number[saveable.restore_function]
    copies = [type(n).FromString(n.SerializeToString()) for n in kept]
    del nodes[:]
    nodes.extend(copies)


def references(node):
    ids = [c.node_id for c in node.children] + [d.node_id for d in getattr(node, "dependencies", [])]
    for slot in node.slot_variables:
        ids += [slot.original_variable_node_id, slot.slot_variable_node_id]
    for saveable in getattr(node, "saveable_objects", {}).values():
        ids += [saveable.save_function, saveable.restore_function]
    return ids


def functions_of(node):
    if "kind" not in node.DESCRIPTOR.oneofs_by_name:
        return []
    kind = node.WhichOneof("kind")
    if kind == "function":
        return list(node.function.concrete_functions)
    names = {"bare_concrete_function": node.bare_concrete_function.concrete_function_name, "captured_tensor": node.captured_tensor.concrete_function}
    return [names[kind]] if kind in names else []


def node_name(tensor):
    return tensor.removeprefix("^").split(":")[0]


def prune_graph(meta):
    nodes = {n.name: n for n in meta.graph_def.node}
    wanted = set()
    for signature in meta.signature_def.values():
        wanted.update(node_name(t.name) for t in [*signature.inputs.values(), *signature.outputs.values()])
    saver = meta.saver_def
    wanted.update(node_name(n) for n in [saver.filename_tensor_name, saver.save_tensor_name, saver.restore_op_name] if n)
    wanted.update(node_name(a.tensor_info.name) for a in meta.asset_file_def)
    for node in meta.object_graph_def.nodes:
        if node.WhichOneof("kind") == "constant":
            wanted.add(node.constant.operation)
    for key, collection in meta.collection_def.items():
        if collection.HasField("node_list"):
            wanted.update(node_name(n) for n in collection.node_list.value)
        elif key.endswith("variables"):
            for text in collection.bytes_list.value:
                v = variable_pb2.VariableDef.FromString(text)
                wanted.update(node_name(n) for n in [v.variable_name, v.initializer_name, v.snapshot_name, v.initial_value_name] if n)
    reached, queue = set(), sorted(wanted)
    while queue:
        name = queue.pop()
        if name in reached:
            continue
        reached.add(name)
        node = nodes[name]
        queue.extend(node_name(i) for i in node.input)
        if "_class" in node.attr:
            queue.extend(c.decode().removeprefix("loc:@") for c in node.attr["_class"].list.s)
    keep_only(meta.graph_def.node, lambda n: n.name in reached)
    prune_contexts(meta, reached)
    prune_functions(meta)


def prune_contexts(meta, reached):
    for key, kind in [("while_context", control_flow_pb2.WhileContextDef), ("cond_context", control_flow_pb2.CondContextDef)]:
        if key in meta.collection_def:
            texts = meta.collection_def[key].bytes_list.value
            kept = [t for t in texts if set(map(node_name, kind.FromString(t).values_def.values)) <= reached]
            del texts[:]
            texts.extend(kept)
            if not kept:
                del meta.collection_def[key]


def prune_functions(meta):
    library = {f.signature.name: f for f in meta.graph_def.library.function}
    gradients = {g.registered_op_type: g.gradient_func for g in meta.graph_def.library.registered_gradients}
    reached, ops = set(), set()
    queue = list(meta.object_graph_def.concrete_functions)

    def scan(found):
        for node in found:
            ops.add(node.op)
            queue.extend([node.op] if node.op in library else [])
            if "_gradient_op_type" in node.attr:
                queue.append(gradients.get(node.attr["_gradient_op_type"].s.decode(), ""))
            for attr in node.attr.values():
                queue.extend([attr.func.name] if attr.func.name else [])
                queue.extend(f.name for f in attr.list.func)

    scan(meta.graph_def.node)
    while queue:
        name = queue.pop()
        if name in library and name not in reached:
            reached.add(name)
            scan(library[name].node_def)
    keep_only(meta.graph_def.library.function, lambda f: f.signature.name in reached)
    keep_only(meta.graph_def.library.gradient, lambda g: g.function_name in reached)
    keep_only(meta.graph_def.library.registered_gradients, lambda g: g.gradient_func in reached)
    keep_only(meta.meta_info_def.stripped_op_list.op, lambda op: op.name in ops)
    for name in [n for n in meta.meta_info_def.function_aliases if n not in reached]:
        del meta.meta_info_def.function_aliases[name]


def keep_only(repeated, wanted):
    kept = [type(x).FromString(x.SerializeToString()) for x in repeated if wanted(x)]
    del repeated[:]
    repeated.extend(kept)
