#!/usr/bin/env python3
"""Writes testdata/ops/raw_arrays: ops on arrays, segments, strings and sparse tensors that no recorded suite has, each called by its own
name.

    make_array_cases.py [--out testdata/ops]
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


def y(tensor):
    return {"y": tensor}


X = numbers(3, 4)
op_case("AdjustHue", np.abs(numbers(2, 3, 3)) / 4)(lambda x: y(raw.AdjustHue(images=x, delta=0.2)))
op_case("ConjugateTranspose", np.complex64(X + 2j * X))(lambda x: y(raw.ConjugateTranspose(x=x, perm=[1, 0])))
op_case("DiagPart", numbers(2, 3, 2, 3))(lambda x: y(raw.DiagPart(input=x)))
op_case("EuclideanNorm", X)(lambda x: y(raw.EuclideanNorm(input=x, axis=[1], keep_dims=True)))
op_case("FusedBatchNormV2", numbers(2, 3, 2, 4), numbers(4), numbers(4))(
    lambda x, s, o: y(raw.FusedBatchNormV2(x=x, scale=s, offset=o, mean=[0.1] * 4, variance=[0.5] * 4, is_training=False)[0]))
op_case("HistogramFixedWidth", X)(lambda x: y(raw.HistogramFixedWidth(values=x, value_range=[-1.0, 1.0], nbins=5)))
op_case("IFFT3D", np.complex64(numbers(2, 3, 4) + 1j * numbers(2, 3, 4, seed=6)))(lambda x: y(raw.IFFT3D(input=x)))
op_case("IRFFT3D", np.complex64(numbers(2, 3, 3) + 1j * numbers(2, 3, 3, seed=6)))(lambda x: y(raw.IRFFT3D(input=x, fft_length=[2, 3, 4])))
op_case("MirrorPadGrad", numbers(5, 6))(lambda x: y(raw.MirrorPadGrad(input=x, paddings=[[1, 1], [2, 1]], mode="REFLECT")))
op_case("MulNoNan", np.float32([np.nan, np.inf, 2]), np.float32([0, 0, 3]))(lambda a, b: y(raw.MulNoNan(x=a, y=b)))
op_case("NthElement", X)(lambda x: y(raw.NthElement(input=x, n=2)))
op_case("NthElement__reverse", X)(lambda x: y(raw.NthElement(input=x, n=1, reverse=True)))
op_case("PopulationCount", np.int32([0, 1, -1, 255]))(lambda x: y(raw.PopulationCount(x=x)))
op_case("RightShift", np.int32([-8, 8, 255]), np.int32([1, 2, 40]))(lambda a, b: y(raw.RightShift(x=a, y=b)))
op_case("SegmentProd", X)(lambda x: y(raw.SegmentProd(data=x, segment_ids=[0, 0, 2])))
op_case("Snapshot", X)(lambda x: y(raw.Snapshot(input=x)))
op_case("ScatterNdNonAliasingAdd", X)(lambda x: y(raw.ScatterNdNonAliasingAdd(input=x, indices=[[1], [1]], updates=tf.ones([2, 4]))))
op_case("TensorScatterMin", X)(lambda x: y(raw.TensorScatterMin(tensor=x, indices=[[0], [2]], updates=tf.zeros([2, 4]))))
op_case("TensorStridedSliceUpdate", X)(
    lambda x: y(raw.TensorStridedSliceUpdate(input=x, begin=[0, 1], end=[2, 3], strides=[1, 1], value=tf.zeros([2, 2]))))
op_case("UnravelIndex", np.int32([5, 11, 0]))(lambda x: y(raw.UnravelIndex(indices=x, dims=[3, 4])))
op_case("UniqueWithCountsV2", np.int32([3, 1, 3, 2, 1]))(
    lambda x: dict(zip(["y", "idx", "count"], raw.UniqueWithCountsV2(x=x, axis=tf.constant([0], tf.int64)))))
op_case("UnsortedSegmentJoin", np.array([b"a", b"b", b"c"]))(
    lambda x: y(raw.UnsortedSegmentJoin(inputs=x, segment_ids=[1, 0, 1], num_segments=3, separator="-")))
op_case("UnicodeScript", np.int32([65, 0x4E2D, 0x0410, 33]))(lambda x: y(raw.UnicodeScript(input=x)))
op_case("UnicodeTranscode", np.array(["h\u00e9".encode("latin-1"), b"abc"]))(
    lambda x: y(raw.UnicodeTranscode(input=x, input_encoding="ISO-8859-1", output_encoding="UTF-8")))
op_case("Xlog1py", np.float32([0, 1, 2]), np.float32([-1, 2, 0.5]))(lambda a, b: y(raw.Xlog1py(x=a, y=b)))
op_case("MatrixDiagPartV2", numbers(2, 3, 4))(lambda x: y(raw.MatrixDiagPartV2(input=x, k=[-1, 1], padding_value=7.0)))
op_case("MatrixSetDiagV2", numbers(2, 3, 4))(lambda x: y(raw.MatrixSetDiagV2(input=x, diagonal=tf.zeros([2, 3]), k=0)))
op_case("NonMaxSuppressionWithOverlaps", np.abs(numbers(3, 3)), np.abs(numbers(3)))(
    lambda o, s: y(raw.NonMaxSuppressionWithOverlaps(overlaps=o, scores=s, max_output_size=2, overlap_threshold=0.5, score_threshold=0.0)))
INDICES = np.int64([[0, 1], [1, 0], [2, 3]])
op_case("SparseDenseCwiseDiv", np.float32([2, 4, 6]), np.abs(X) + 1)(
    lambda v, d: y(raw.SparseDenseCwiseDiv(sp_indices=INDICES, sp_values=v, sp_shape=[3, 4], dense=d)))
op_case("SparseReduceMaxSparse", np.float32([2, 4, 6]))(
    lambda v: dict(zip(["i", "v", "s"], raw.SparseReduceMaxSparse(input_indices=INDICES, input_values=v, input_shape=[3, 4], reduction_axes=[1]))))
op_case("SparseSparseMinimum", np.float32([2, 4, 6]), np.float32([-1, 5, 1]))(
    lambda a, b: dict(zip(["i", "v"], raw.SparseSparseMinimum(a_indices=INDICES, a_values=a, a_shape=[3, 4], b_indices=INDICES, b_values=b, b_shape=[3, 4]))))
op_case("SparseSplit", np.float32([2, 4, 6]))(
    lambda v: {f"v{i}": t for i, t in enumerate(raw.SparseSplit(split_dim=tf.constant(1, tf.int64), indices=INDICES, values=v, shape=[3, 4], num_split=2)[1])})
op_case("BatchToSpace", numbers(4, 2, 2, 1))(lambda x: y(raw.BatchToSpace(input=x, crops=[[0, 1], [1, 0]], block_size=2)))
op_case("Reverse", X)(lambda x: y(raw.Reverse(tensor=x, dims=[True, False])))
op_case("Concat", X, X)(lambda a, b: y(raw.Concat(concat_dim=1, values=[a, b])))


if __name__ == "__main__":
    SUITE.main(__doc__, "raw_arrays")
