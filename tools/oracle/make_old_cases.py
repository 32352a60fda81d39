#!/usr/bin/env python3
"""Writes testdata/ops/raw_old: ops that TensorFlow only runs in graphs of old producers, and first forms that have successors.

    make_old_cases.py [--out testdata/ops]
"""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np
import tensorflow as tf

from raw_suite import RawSuite

raw, v1 = tf.raw_ops, tf.compat.v1
OLD_PRODUCER = 1  # no op of the suite had been taken away by then
SUITE = RawSuite(producer=OLD_PRODUCER)
op_case = SUITE.op_case


def numbers(*shape, seed=5):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def y(tensor):
    return {"y": tensor}


@op_case("AdjustContrast", numbers(2, 4, 5, 3))
def _(x):
    return y(raw.AdjustContrast(images=x, contrast_factor=1.7, min_value=-1.0, max_value=1.5))


@op_case("AdjustContrast__bytes", np.uint8([[[10, 250], [30, 4]], [[0, 255], [7, 90]]]))
def _(x):
    return y(raw.AdjustContrast(images=x, contrast_factor=2.5, min_value=0.0, max_value=255.0))


@op_case("BatchMatrixBandPart", numbers(2, 4, 5))
def _(x):
    return y(raw.BatchMatrixBandPart(input=x, num_lower=1, num_upper=2))


@op_case("BatchMatrixDiag", numbers(2, 4))
def _(x):
    return y(raw.BatchMatrixDiag(diagonal=x))


@op_case("BatchMatrixDiagPart", numbers(2, 3, 5))
def _(x):
    return y(raw.BatchMatrixDiagPart(input=x))


@op_case("BatchMatrixSetDiag", numbers(2, 3, 3), numbers(2, 3, seed=6))
def _(x, d):
    return y(raw.BatchMatrixSetDiag(input=x, diagonal=d))


@op_case("BatchNormWithGlobalNormalization", numbers(2, 3, 3, 4), numbers(4, seed=6), np.abs(numbers(4, seed=7)), numbers(4, seed=8), numbers(4, seed=9))
def _(x, m, v, b, g):
    return y(raw.BatchNormWithGlobalNormalization(t=x, m=m, v=v, beta=b, gamma=g, variance_epsilon=0.01, scale_after_normalization=True))


@op_case("BatchNormWithGlobalNormalization__unscaled", numbers(1, 2, 3, 4), numbers(4, seed=6), np.abs(numbers(4, seed=7)), numbers(4, seed=8), numbers(4, seed=9))
def _(x, m, v, b, g):
    return y(raw.BatchNormWithGlobalNormalization(t=x, m=m, v=v, beta=b, gamma=g, variance_epsilon=0.01, scale_after_normalization=False))


@op_case("Conv3DBackpropInput", numbers(2, 2, 2, 3, 4), numbers(1, 3, 4, 5, 4, seed=6))
def _(f, g):
    x = tf.zeros([1, 4, 5, 6, 3])
    return y(raw.Conv3DBackpropInput(input=x, filter=f, out_backprop=g, strides=[1] * 5, padding="VALID"))


@op_case("Conv3DBackpropFilter", numbers(1, 4, 5, 6, 3), numbers(1, 3, 4, 5, 4, seed=6))
def _(x, g):
    f = tf.zeros([2, 2, 2, 3, 4])
    return y(raw.Conv3DBackpropFilter(input=x, filter=f, out_backprop=g, strides=[1] * 5, padding="VALID"))


@op_case("QuantizeAndDequantize", numbers(3, 4))
def _(x):
    return y(raw.QuantizeAndDequantize(input=x, signed_input=True, num_bits=5, range_given=False, input_min=0.0, input_max=0.0))


@op_case("RandomPoisson", np.float32([0.5, 4, 20]))
def _(rate):
    return y(raw.RandomPoisson(shape=[6], rate=rate, seed=3, seed2=5))


@op_case("ParseSequenceExample", np.array([tf.train.SequenceExample(
    context=tf.train.Features(feature={"a": tf.train.Feature(int64_list=tf.train.Int64List(value=[7]))}),
    feature_lists=tf.train.FeatureLists(feature_list={"f": tf.train.FeatureList(feature=[
        tf.train.Feature(float_list=tf.train.FloatList(value=[1, 2])), tf.train.Feature(float_list=tf.train.FloatList(value=[3, 4]))])})).SerializeToString()], "S"))
def _(x):
    out = raw.ParseSequenceExample(
        serialized=x, debug_name=[""], context_dense_defaults=[tf.constant([], tf.int64)], feature_list_dense_missing_assumed_empty=[],
        context_sparse_keys=[], context_dense_keys=["a"], feature_list_sparse_keys=[], feature_list_dense_keys=["f"],
        Ncontext_dense=1, Nfeature_list_dense=1, feature_list_dense_types=[tf.float32], context_dense_shapes=[[1]], feature_list_dense_shapes=[[2]])
    return {"a": out.context_dense_values[0], "f": out.feature_list_dense_values[0], "n": out.feature_list_dense_lengths[0]}


@op_case("TensorArrayGradWithShape", numbers(3, 4))
def _(x):
    array = raw.TensorArrayV3(size=3, dtype=tf.float32, element_shape=[4])
    flow = raw.TensorArrayScatterV3(handle=array.handle, indices=[0, 1, 2], value=x, flow_in=array.flow)
    grad = raw.TensorArrayGradWithShape(handle=array.handle, flow_in=flow, shape_to_prepend=[2], source="g")
    row = tf.stack([x[0], x[1]])
    flow = raw.TensorArrayWriteV3(handle=grad.grad_handle, index=1, value=row, flow_in=grad.flow_out)
    return y(raw.TensorArrayReadV3(handle=grad.grad_handle, index=1, flow_in=flow, dtype=tf.float32))


@op_case("StatefulRandomBinomial", np.float64([3, 8, 40]))
def _(counts):
    state = raw.VarHandleOp(dtype=tf.int64, shape=[3], shared_name="binomial_state")
    with tf.control_dependencies([raw.AssignVariableOp(resource=state, value=tf.constant([1, 2, 3], tf.int64))]):
        return y(raw.StatefulRandomBinomial(resource=state, algorithm=1, shape=[5, 3], counts=counts, probs=tf.constant([0.3, 0.6, 0.9], tf.float64), dtype=tf.int64))


if __name__ == "__main__":
    SUITE.main(__doc__, "raw_old")
