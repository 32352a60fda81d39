#!/usr/bin/env python3
"""Writes testdata/ops/raw_fused: ops that graph tools and optimisers make of several.

    make_fused_cases.py [--out testdata/ops]
"""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np
import tensorflow as tf

from raw_suite import RawSuite

raw = tf.raw_ops
v1 = tf.compat.v1
SUITE = RawSuite()
op_case = SUITE.op_case


def numbers(*shape, seed=5):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def fused(op, inputs, **attrs):
    """An op without a function in Python."""
    node = v1.NodeDef(name="fused", op=op, input=[f"x{i}" for i in range(len(inputs))])
    for name, value in attrs.items():
        a = node.attr[name]
        if isinstance(value, str):
            a.s = value.encode()
        elif isinstance(value, bool):
            a.b = value
        elif isinstance(value, int) and not isinstance(value, tf.DType):
            a.i = value
        elif isinstance(value, float):
            a.f = value
        elif isinstance(value, tf.DType):
            a.type = value.as_datatype_enum
        elif value and isinstance(value[0], str):
            a.list.s.extend(v.encode() for v in value)
        elif value and isinstance(value[0], tf.DType):
            a.list.type.extend(v.as_datatype_enum for v in value)
        else:
            a.list.i.extend(value)
    graph = v1.GraphDef(node=[node])
    graph.versions.producer = v1.get_default_graph().graph_def_versions.producer
    for i, x in enumerate(inputs):
        graph.node.add(name=f"x{i}", op="Placeholder").attr["dtype"].type = x.dtype.as_datatype_enum
    return tf.import_graph_def(graph, {f"x{i}": x for i, x in enumerate(inputs)}, ["fused:0"])[0]


IMAGE, FILTER, BIAS = numbers(1, 6, 7, 3), numbers(3, 3, 3, 4), numbers(4)
PADDINGS = np.int32([[0, 0], [2, 1], [1, 2], [0, 0]])
for mode in ["REFLECT", "SYMMETRIC"]:
    op_case(f"FusedPadConv2D__{mode.lower()}", IMAGE, FILTER)(
        lambda x, f, mode=mode: {"y": raw.FusedPadConv2D(input=x, paddings=PADDINGS, filter=f, mode=mode, strides=[1, 2, 1, 1], padding="VALID")})
    for corners in [False, True]:
        op_case(f"FusedResizeAndPadConv2D__{mode.lower()}{'_corners' if corners else ''}", IMAGE, FILTER)(
            lambda x, f, mode=mode, corners=corners: {"y": raw.FusedResizeAndPadConv2D(input=x, size=[9, 11], paddings=PADDINGS, filter=f, mode=mode, strides=[1, 1, 2, 1],
                                                                                       padding="SAME", resize_align_corners=corners)})
op_case("FusedPadConv2D__no_room", IMAGE, FILTER, expect="error")(
    lambda x, f: {"y": raw.FusedPadConv2D(input=x, paddings=PADDINGS * 9, filter=f, mode="REFLECT", strides=[1, 1, 1, 1], padding="VALID")})


def conv(x, f, args, ops, **attrs):
    return fused("_FusedConv2D", [x, f, *args], T=tf.float32, TArgs=[tf.float32] * len(args), num_args=len(args), strides=[1, 1, 1, 1], padding="SAME", fused_ops=ops, **attrs)


for name in ["", "Relu", "Relu6", "Elu", "LeakyRelu", "Tanh", "Sigmoid"]:
    ops = ["BiasAdd"] + [name] * bool(name)
    suffix = "__" + (name.lower() or "bias")
    if name not in ["Tanh", "Sigmoid"]:
        op_case("FusedConv2D" + suffix, IMAGE, FILTER, BIAS)(lambda x, f, b, ops=ops: {"y": conv(x, f, [b], ops, leakyrelu_alpha=0.3)})
    if name != "Relu6":
        op_case("FusedMatMul" + suffix, numbers(5, 6), numbers(7, 6), numbers(7))(
            lambda x, f, b, ops=ops: {"y": fused("_FusedMatMul", [x, f, b], T=tf.float32, num_args=1, transpose_b=True, fused_ops=ops)})
op_case("FusedConv2D__batch_norm", IMAGE, FILTER, BIAS, numbers(4, seed=1), numbers(4, seed=2), np.abs(numbers(4, seed=3)))(
    lambda x, f, *args: {"y": conv(x, f, args, ["FusedBatchNorm", "Relu"], epsilon=0.01)})

if __name__ == "__main__":
    SUITE.main(__doc__, "raw_fused")
