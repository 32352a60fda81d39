#!/usr/bin/env python3
"""Writes testdata/checkpoints and testdata/graphs: variables without a SavedModel, and a frozen graph.

checkpoints/NAME/         a checkpoint; NAME.npz its values by key
graphs/NAME.pb            a GraphDef; NAME.json and NAME.npz its cases, inputs and outputs by tensor name
"""
import os
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
import tensorflow as tf

from cases import npz_bytes, write_json
from record import describe, storable

v1 = tf.compat.v1
HERE = os.path.dirname(os.path.abspath(__file__))


def floats(*shape, seed=7):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def write_values(prefix, target):
    reader = tf.train.load_checkpoint(prefix)
    values = {k: storable(reader.get_tensor(k)) for k in sorted(reader.get_variable_to_shape_map()) if k != "_CHECKPOINTABLE_OBJECT_GRAPH"}
    with open(target + ".npz", "wb") as f:
        f.write(npz_bytes(values))


def object_based(folder):
    """tf.train.Checkpoint: keys are paths in the object graph."""
    net = tf.Module()
    net.kernel = tf.Variable(floats(4, 3), name="kernel")
    net.bias = tf.Variable(tf.zeros([3], tf.float16), name="bias")
    net.step = tf.Variable(17, dtype=tf.int64, name="step")
    net.names = tf.Variable(tf.constant(["a", "", "long" * 40]), name="names")
    net.scale = tf.Variable(tf.constant([1.5, -2.0], tf.bfloat16), name="scale")
    prefix = os.path.join(folder, "ckpt")
    tf.train.Checkpoint(net=net).write(prefix)
    return prefix


def name_based(folder):
    """The saver of graphs: keys are variable names; one variable in slices."""
    with v1.Graph().as_default(), v1.Session() as session:
        with v1.variable_scope("tower", partitioner=v1.fixed_size_partitioner(3)):
            v1.get_variable("table", shape=[7, 4], initializer=v1.random_normal_initializer(seed=3), use_resource=False)
        v1.get_variable("dense/kernel", initializer=floats(4, 2), use_resource=False)
        v1.get_variable("global_step", initializer=np.int64(3), use_resource=True)
        session.run(v1.global_variables_initializer())
        prefix = os.path.join(folder, "model.ckpt")
        return v1.train.Saver(save_relative_paths=True).save(session, prefix, global_step=3, write_state=True, write_meta_graph=False)


def frozen_mlp(target):
    with v1.Graph().as_default() as graph, v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 4], "x")
        w1, w2 = v1.get_variable("w1", initializer=floats(4, 8)), v1.get_variable("w2", initializer=floats(8, 3, seed=8))
        hidden = tf.nn.relu(tf.matmul(x, w1), name="hidden")
        tf.nn.softmax(tf.matmul(hidden, w2), name="probabilities")
        session.run(v1.global_variables_initializer())
        frozen = v1.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), ["probabilities"])
    with open(target + ".pb", "wb") as f:
        f.write(frozen.SerializeToString(deterministic=True))
    arrays, records = {}, []
    with v1.Graph().as_default(), v1.Session() as session:
        v1.import_graph_def(frozen, name="")
        for name, inputs, fetches in [("run", {"x:0": floats(2, 4, seed=9)}, ["probabilities:0"]), ("inner", {"hidden:0": np.abs(floats(1, 8, seed=9))}, ["probabilities:0", "MatMul_1:0"])]:
            outputs = dict(zip(fetches, session.run(fetches, inputs)))
            records.append({"name": name, "inputs": {k: describe(v) for k, v in inputs.items()}, "outputs": {k: describe(v) for k, v in outputs.items()}, "expect": "ok", "rtol": 1e-4, "atol": 1e-5})
            for way, values in [("in", inputs), ("out", outputs)]:
                arrays.update({f"{name}/{way}/{k}": v for k, v in values.items()})
    write_json(target + ".json", records)
    with open(target + ".npz", "wb") as f:
        f.write(npz_bytes(arrays))


def main():
    testdata = os.path.normpath(os.path.join(HERE, "..", "..", "testdata"))
    checkpoints, graphs = os.path.join(testdata, "checkpoints"), os.path.join(testdata, "graphs")
    for folder in [checkpoints, graphs]:
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
    for build in [object_based, name_based]:
        target = os.path.join(checkpoints, build.__name__)
        os.makedirs(target)
        write_values(build(target), target)
    frozen_mlp(os.path.join(graphs, "frozen_mlp"))


if __name__ == "__main__":
    main()
