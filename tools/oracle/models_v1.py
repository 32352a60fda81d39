"""Models of the graph era: sessions, the builder, Switch and Merge, partitioned variables."""
import os

import numpy as np
import tensorflow as tf

from models_functions import example
from record import case

v1 = tf.compat.v1
MODELS = {}


def model(build):
    def run(path):
        with v1.Graph().as_default(), v1.Session() as session:
            v1.disable_control_flow_v2()
            v1.disable_resource_variables()
            v1.set_random_seed(1)
            return build(path, session)
    MODELS[build.__name__] = run
    return build


def floats(*shape, seed=7):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def signature(inputs, outputs, method="tensorflow/serving/predict"):
    def infos(tensors):
        return {k: v1.saved_model.build_tensor_info(t) for k, t in tensors.items()}
    return v1.saved_model.build_signature_def(infos(inputs), infos(outputs), method)


def save(path, session, signatures, tags=("serve",), **options):
    as_text = options.pop("as_text", False)
    builder = v1.saved_model.builder.SavedModelBuilder(path)
    builder.add_meta_graph_and_variables(session, list(tags), signatures, **options)
    builder.save(as_text=as_text)


def half_plus(b):
    a, b = v1.get_variable("a", initializer=0.5), v1.get_variable("b", initializer=b)
    serialized = v1.placeholder(tf.string, [None], "tf_example")
    parsed = v1.parse_example(serialized, {"x": v1.FixedLenFeature([1], tf.float32), "x2": v1.FixedLenFeature([1], tf.float32, default_value=[0.0])})
    x = tf.identity(parsed["x"], "x")
    y = tf.add(a * x, b, name="y")
    y2 = tf.add(a * parsed["x2"], 3.0, name="y2")
    return serialized, x, y, y2


@model
def half_plus_two_v1(path, session):
    """All three method names, an asset, a main op; `x` is an interior tensor that the predict signature feeds."""
    serialized, x, y, y2 = half_plus(2.0)
    with open("foo.txt", "w") as f:
        f.write("asset-file-contents\n")
    asset = tf.constant("foo.txt", name="filename_tensor")
    v1.add_to_collection(v1.GraphKeys.ASSET_FILEPATHS, asset)
    content = v1.get_variable("content", initializer="", trainable=False, collections=[])
    init = v1.assign(content, tf.io.read_file(asset), name="set_content")
    labels = tf.constant(["pos"], tf.string)
    classes = tf.tile(tf.expand_dims(labels, 0), [tf.shape(y)[0], 1])
    session.run(v1.global_variables_initializer())
    save(path, session, {"serving_default": signature({"x": x}, {"y": y}),
                         "regress_x_to_y": signature({"inputs": serialized}, {"outputs": y}, "tensorflow/serving/regress"),
                         "regress_x2_to_y3": signature({"inputs": serialized}, {"outputs": y2}, "tensorflow/serving/regress"),
                         "classify_x_to_y": signature({"inputs": serialized}, {"scores": y, "classes": classes}, "tensorflow/serving/classify"),
                         "asset": signature({"x": x}, {"content": tf.identity(content)})},
         assets_collection=v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS), main_op=init.op)
    examples = [example(x=[1.0], x2=[4.0]), example(x=[-3.5])]
    return [case("predict", {"x": np.float32([[1], [2], [5]])}, "serving_default"),
            case("regress", {"inputs": examples}, "regress_x_to_y"), case("regress_second", {"inputs": examples}, "regress_x2_to_y3"),
            case("classify", {"inputs": examples}, "classify_x_to_y"),
            case("missing_feature", {"inputs": [example(x2=[1.0])]}, "regress_x_to_y", expect="error")]


@model
def pbtxt(path, session):
    """saved_model.pbtxt in place of saved_model.pb."""
    serialized, x, y, _ = half_plus(3.0)
    session.run(v1.global_variables_initializer())
    save(path, session, {"serving_default": signature({"x": x}, {"y": y}), "regress": signature({"inputs": serialized}, {"outputs": y}, "tensorflow/serving/regress")}, as_text=True)
    return [case("predict", {"x": np.float32([[1], [2], [5]])}, "serving_default"), case("regress", {"inputs": [example(x=[4.0])]}, "regress")]


@model
def multi_meta_graphs(path, session):
    """Tag sets serve and train,gpu over the same variables, and a third without tags."""
    builder = v1.saved_model.builder.SavedModelBuilder(path)
    for tags in [["train", "gpu"], ["serve"], []]:
        with v1.Graph().as_default(), v1.Session() as s:
            x = v1.placeholder(tf.float32, [None, 2], "x")
            w = v1.get_variable("w", initializer=floats(2, 3))
            y = tf.matmul(x, w, name="y")
            if tags == ["train", "gpu"]:
                y = tf.nn.softplus(y)
                step = v1.assign_add(v1.get_variable("step", initializer=0), 1)
                s.run(v1.global_variables_initializer())
                builder.add_meta_graph_and_variables(s, tags, {"train": signature({"x": x}, {"y": y, "step": step})})
            else:
                key = "serving_default" if tags else "plain"
                builder.add_meta_graph(tags, {key: signature({"x": x}, {"y": tf.nn.relu(y) if tags else y})})
    builder.save()
    x = floats(3, 2)
    return [case("serve", {"x": x}, "serving_default"), case("train", {"x": x}, "train", tags=["train", "gpu"]), case("untagged", {"x": x}, "plain", tags=[])]


@model
def v1_partitioned(path, session):
    """A variable in slices, as parameter servers hold it."""
    with v1.variable_scope("tower", partitioner=v1.fixed_size_partitioner(3)):
        table = v1.get_variable("table", shape=[7, 4], initializer=v1.random_normal_initializer(seed=3))
    plain = v1.get_variable("bias", initializer=floats(4, seed=8))
    ids = v1.placeholder(tf.int64, [None], "ids")
    y = v1.nn.embedding_lookup(table, ids, partition_strategy="div") + plain
    session.run(v1.global_variables_initializer())
    save(path, session, {"serving_default": signature({"ids": ids}, {"y": y, "whole": v1.convert_to_tensor(table)})})
    return [case("run", {"ids": np.int64([0, 6, 3, 3])}, "serving_default")]


@model
def v1_while(path, session):
    """Switch, Merge, Enter, Exit, NextIteration: loops, a loop in a loop, cond, TensorArrays, reference variables."""
    x = v1.placeholder(tf.float32, [None, 5, 3], "x")
    n = v1.placeholder(tf.int32, [], "n")
    lengths = v1.placeholder(tf.int32, [None], "lengths")
    w = v1.get_variable("w", initializer=floats(7, 4) / 2)
    u = v1.get_variable("u", initializer=floats(4, 4, seed=9) / 2)
    total = v1.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a + v1.while_loop(lambda j, b: j < i, lambda j, b: (j + 1, b + j), [0, 0])[1]), [0, 0])[1]
    big = v1.cond(n > 3, lambda: tf.cast(n, tf.float32) * 2.0, lambda: v1.cond(n > 1, lambda: tf.constant(-1.0), lambda: tf.reduce_sum(w)))
    steps = tf.transpose(x, [1, 0, 2])
    source = tf.TensorArray(tf.float32, 5).unstack(steps)

    def body(t, h, out):
        z = tf.tanh(tf.matmul(tf.concat([source.read(t), h], 1), w) + tf.matmul(h, u))
        h = tf.where(tf.tile(tf.expand_dims(t < lengths, 1), [1, 4]), z, h)
        return t + 1, h, out.write(t, h)

    _, last, out = v1.while_loop(lambda t, *_: t < 5, body, [0, tf.zeros([tf.shape(x)[0], 4]), tf.TensorArray(tf.float32, 5)], parallel_iterations=4)
    session.run(v1.global_variables_initializer())
    save(path, session, {"loops": signature({"n": n}, {"total": total, "big": big}), "rnn": signature({"x": x, "lengths": lengths}, {"last": last, "all": out.stack()})})
    return [*[case(f"loops_{i}", {"n": np.int32(i)}, "loops") for i in [0, 2, 6]], case("rnn", {"x": floats(2, 5, 3), "lengths": np.int32([5, 2])}, "rnn")]
