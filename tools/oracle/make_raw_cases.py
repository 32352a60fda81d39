#!/usr/bin/env python3
"""Writes testdata/ops/raw: ops that no recorded suite has, each called by its own name.

    make_raw_cases.py [--out testdata/ops]
"""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np
import tensorflow as tf

from raw_suite import RawSuite

raw = tf.raw_ops
SUITE = RawSuite()
op_case = SUITE.op_case


def numbers(*shape, seed=5):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def beam(x, **attrs):
    indices, values, shapes, scores = raw.CTCBeamSearchDecoder(inputs=x, sequence_length=[6, 4], **attrs)
    paths = {f"{name}{i}": t for name, list_ in [("indices", indices), ("values", values), ("shape", shapes)] for i, t in enumerate(list_)}
    return {**paths, "scores": scores}


LOGITS = 2 * numbers(6, 2, 5)
op_case("CTCBeamSearchDecoder", LOGITS)(lambda x: beam(x, beam_width=3, top_paths=2, merge_repeated=False))
op_case("CTCBeamSearchDecoder__f64_merge", LOGITS.astype(np.float64))(lambda x: beam(x, beam_width=20, top_paths=3))
op_case("CTCBeamSearchDecoder__narrow", LOGITS[:, :, :2])(lambda x: beam(x, beam_width=1, top_paths=1))
op_case("CTCBeamSearchDecoder__too_many_paths", LOGITS[:, :, :1], expect="error")(lambda x: beam(x, beam_width=9, top_paths=9))

op_case("DataFormatDimMap", np.int32([0, 1, -1, 2]))(lambda x: {"y": raw.DataFormatDimMap(x=x)})
op_case("DataFormatDimMap__5d", np.int64([[4], [1]]))(lambda x: {"y": raw.DataFormatDimMap(x=x, src_format="NDHWC", dst_format="NCDHW")})
op_case("DataFormatVecPermute", np.int32([1, 2, 3, 4]))(lambda x: {"y": raw.DataFormatVecPermute(x=x)})
op_case("DataFormatVecPermute__pairs", np.int64([[1, 2], [3, 4], [5, 6], [7, 8]]))(
    lambda x: {"y": raw.DataFormatVecPermute(x=x, src_format="NCHW", dst_format="NHWC")})
op_case("DataFormatVecPermute__spatial", np.int32([3, 4]))(lambda x: {"y": raw.DataFormatVecPermute(x=x, src_format="HWNC", dst_format="WNHC")})

op_case("Fingerprint", numbers(3, 2, 2))(lambda x: {"y": raw.Fingerprint(data=x, method="farmhash64")})
op_case("Fingerprint__strings", np.array([[b"a", b"bc"], [b"", b"d"]]))(lambda x: {"y": raw.Fingerprint(data=x, method="farmhash64")})
op_case("Fingerprint__words", np.array([b"a", b"bc", b"\xff\x00z"]))(lambda x: {"y": raw.Fingerprint(data=x, method="farmhash64")})


@op_case("FIFOQueue", numbers(4, 2))
def fifo_queue(x):
    queue = raw.FIFOQueue(component_types=[tf.float32], shapes=[[2]], capacity=9, container="", shared_name="")
    with tf.control_dependencies([raw.QueueEnqueueMany(handle=queue, components=[x])]):
        enqueue = raw.QueueEnqueue(handle=queue, components=[x[0] * 10])
    with tf.control_dependencies([enqueue]):
        first = raw.QueueDequeue(handle=queue, component_types=[tf.float32])[0]
    with tf.control_dependencies([first]):
        many = raw.QueueDequeueMany(handle=queue, n=2, component_types=[tf.float32])[0]
    with tf.control_dependencies([many]):
        size = raw.QueueSize(handle=queue)
    with tf.control_dependencies([size]):
        close = raw.QueueClose(handle=queue)
    with tf.control_dependencies([close]):
        rest = raw.QueueDequeueUpTo(handle=queue, n=7, component_types=[tf.float32])[0]
    return {"first": first, "many": many, "size": size, "rest": rest}


@op_case("Stack", numbers(2, 2))
def stack(x):
    handle = raw.Stack(elem_type=tf.float32, stack_name="")
    with tf.control_dependencies([raw.StackPush(handle=handle, elem=x)]):
        push = raw.StackPush(handle=handle, elem=x * 2)
    with tf.control_dependencies([push]):
        top = raw.StackPop(handle=handle, elem_type=tf.float32)
    with tf.control_dependencies([top]):
        below = raw.StackPop(handle=handle, elem_type=tf.float32)
    with tf.control_dependencies([below]):
        close = raw.StackClose(handle=handle)
    with tf.control_dependencies([close]):
        return {"top": tf.identity(top), "below": tf.identity(below)}


if __name__ == "__main__":
    SUITE.main(__doc__, "raw")
