"""Runs recorded cases in TensorFlow and says where its answers differ from the record."""
import os

import numpy as np
import tensorflow as tf
from tensorflow.python.saved_model import loader_impl

v1 = tf.compat.v1


def replay(model, cases, arrays):
    """[reason]; each case starts from a freshly restored session."""
    graph, meta = load(model)
    if meta.meta_info_def.tensorflow_version != tf.version.VERSION:
        return []  # recorded by an older one because its kernel is gone
    return [f"{c['name']}: {r}" for c in cases for r in [reason(graph, meta, model, c, arrays)] if r]


def load(model, tags=("serve",)):
    graph = v1.Graph()
    with graph.as_default(), v1.Session() as session:
        return graph, v1.saved_model.load(session, list(tags), model)


def fresh_session(graph, meta, model):
    session = v1.Session(graph=graph)
    assets = loader_impl.get_asset_tensors(model, meta)
    if meta.saver_def.restore_op_name and os.path.exists(os.path.join(model, "variables", "variables.index")):
        session.run(meta.saver_def.restore_op_name, {meta.saver_def.filename_tensor_name: os.path.join(model, "variables", "variables")})
    for key in ["saved_model_main_op", "legacy_init_op"]:
        for name in meta.collection_def[key].node_list.value if key in meta.collection_def else []:
            session.run(graph.as_graph_element(name), assets)
    return session


def components(key, info):
    """{output key: tensor name}; sparse and ragged outputs have several."""
    kind = info.WhichOneof("encoding")
    if kind == "name":
        return {key: info.name}
    if kind == "coo_sparse":
        sparse = info.coo_sparse
        names = {"indices": sparse.indices_tensor_name, "values": sparse.values_tensor_name, "dense_shape": sparse.dense_shape_tensor_name}
    else:
        parts = info.composite_tensor.components
        names = dict(zip(["values", "row_splits"] if len(parts) == 2 else ["indices", "values", "dense_shape"], [p.name for p in parts]))
    return {f"{key}/{k}": name for k, name in names.items()}


def run(graph, meta, model, signature, inputs, outputs=None):
    feeds = {signature.inputs[k].name: v.astype(object) if v.dtype.kind == "S" else v for k, v in inputs.items()}
    fetches = {k: name for key, info in signature.outputs.items() for k, name in components(key, info).items() if not outputs or k in outputs}
    with fresh_session(graph, meta, model) as session:
        return session.run(fetches, feeds)


def reason(graph, meta, model, case, arrays):
    signature = meta.signature_def[case.get("signature_def", case["name"])]
    feeds = {k: arrays[f"{case['name']}/in/{k}"] for k in case["inputs"]}
    try:
        got = run(graph, meta, model, signature, feeds, case["outputs"])
    except (tf.errors.OpError, ValueError, TypeError) as e:
        return None if case["expect"] == "error" else f"refused: {str(e)[:200]}"
    if case["expect"] == "error":
        return None if case.get("lenient") else "accepted"
    for key, spec in case["outputs"].items():
        difference = compare(got[key], arrays[f"{case['name']}/out/{key}"], spec, case)
        if difference:
            return f"output {key}: {difference}"
    return None


def compare(got, want, spec, case):
    got = np.asarray(got)
    if list(got.shape) != spec["shape"]:
        return f"shape {list(got.shape)}, not {spec['shape']}"
    if case.get("random") or spec.get("random"):
        return None
    if spec.get("sample"):
        got = got.ravel()[::spec["stride"]]
    if spec["dtype"] == "string":
        same = got.astype("S") == want
    elif want.dtype.kind in "fc":
        wide = np.complex128 if want.dtype.kind == "c" else np.float64
        same = np.isclose(got.astype(wide), want.astype(wide), rtol=spec.get("rtol", case["rtol"]), atol=spec.get("atol", case["atol"]), equal_nan=True)
    else:
        same = got == want
    return None if np.all(same) else f"{np.size(same) - np.count_nonzero(same)} of {np.size(same)} differ"
