#!/usr/bin/env python3
"""Writes testdata/ops/raw_xla: XLA's own ops, each in a function that TensorFlow compiles.

    make_xla_cases.py [--out testdata/ops]
"""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np
import tensorflow as tf
from tensorflow.compiler.tf2xla.ops import gen_xla_ops as xla
from tensorflow.compiler.xla import xla_data_pb2 as numbers_of

from raw_suite import RawSuite

SUITE = RawSuite()


def compiled(name, *arrays, expect="ok", **tolerances):
    """A case whose builder, from tensors to one tensor or a list of them, is compiled by XLA."""
    def add(build):
        @tf.function(jit_compile=True)
        def call(*args):
            out = build(*args)
            return out if isinstance(out, (list, tuple)) else [out]
        SUITE.op_case(name, *arrays, expect=expect, **tolerances)(lambda *args: {f"y{i}": t for i, t in enumerate(call(*args))})
        return build
    return add


def numbers(*shape, seed=3, dtype=np.float32):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def reducer(function, dtypes):
    specs = [tf.TensorSpec([], d) for d in dtypes]
    return tf.function(function).get_concrete_function(*specs)


ADD = reducer(lambda a, b: a + b, [tf.float32] * 2)
MAX = reducer(tf.maximum, [tf.float32] * 2)
MULTIPLY = reducer(lambda a, b: a * b, [tf.int32] * 2)
REPLACE = reducer(lambda a, b: b, [tf.float32] * 2)


def best(value_a, index_a, value_b, index_b):
    first = tf.logical_or(value_a > value_b, tf.logical_and(tf.equal(value_a, value_b), index_a < index_b))
    return tf.where(first, value_a, value_b), tf.where(first, index_a, index_b)


BEST = reducer(best, [tf.float32, tf.int32] * 2)

for suffix, low, high, interior in [("", [1, 0], [2, 1], [1, 2]), ("__cut", [-1, 0], [-1, -2], [0, 1]), ("__none", [0, 0], [0, 0], [0, 0]), ("__cut_all", [-4, 0], [0, 0], [1, 0])]:
    compiled(f"XlaPad{suffix}", numbers(3, 4))(
        lambda x, low=low, high=high, interior=interior: xla.xla_pad(x, 7.0, padding_low=low, padding_high=high, padding_interior=interior))
compiled("XlaPad__ints", np.int64([[1, 2], [3, 4]]))(lambda x: xla.xla_pad(x, np.int64(9), padding_low=[0, 1], padding_high=[1, -1], padding_interior=[2, 0]))
compiled("XlaPad__empty", numbers(0, 2))(lambda x: xla.xla_pad(x, 1.0, padding_low=[2, 0], padding_high=[1, 0], padding_interior=[3, 1]))


def dot_numbers(**fields):
    return numbers_of.DotDimensionNumbers(**fields).SerializeToString()


def dot(a, b, preferred=tf.float32, **fields):
    return xla.xla_dot_v2(a, b, dimension_numbers=dot_numbers(**fields), precision_config=b"", preferred_element_type=preferred)


MATRIX = dict(lhs_contracting_dimensions=[1], rhs_contracting_dimensions=[0])
compiled("XlaDot", numbers(3, 5), numbers(5, 2))(lambda a, b: xla.xla_dot(a, b, dimension_numbers=dot_numbers(**MATRIX), precision_config=b""))
compiled("XlaDotV2", numbers(3, 5), numbers(5, 2))(lambda a, b: dot(a, b, **MATRIX))
compiled("XlaDotV2__batch", numbers(2, 3, 4, 5), numbers(6, 5, 2, 3))(
    lambda a, b: dot(a, b, lhs_batch_dimensions=[1, 0], rhs_batch_dimensions=[3, 2], lhs_contracting_dimensions=[3], rhs_contracting_dimensions=[1]))
compiled("XlaDotV2__outer", numbers(3), numbers(2, 2))(lambda a, b: dot(a, b))
compiled("XlaDotV2__ints", np.int8([[100, -7], [3, 5]]), np.int8([[90, 1], [2, 3]]))(lambda a, b: dot(a, b, tf.int32, **MATRIX))
compiled("XlaDotV2__bfloat16", numbers(3, 8), numbers(8, 2))(lambda a, b: dot(tf.cast(a, tf.bfloat16), tf.cast(b, tf.bfloat16), **MATRIX))
compiled("XlaDotV2__complex", numbers(3, 2).astype(np.complex64) * (1 + 2j), numbers(2, 2).astype(np.complex64))(lambda a, b: dot(a, b, tf.complex64, **MATRIX))
compiled("XlaEinsum", numbers(2, 3, 4), numbers(2, 4, 5))(lambda a, b: xla.xla_einsum(a, b, equation="bij,bjk->bik"))


def conv(a, b, strides=(1, 1), padding=((0, 0), (0, 0)), lhs=(1, 1), rhs=(1, 1), groups=1, batch_groups=1, layout="NHWC", out=tf.float32):
    n, h, w, c = (layout.index(d) for d in "NHWC")
    d = numbers_of.ConvolutionDimensionNumbers(input_batch_dimension=n, input_feature_dimension=c, input_spatial_dimensions=[h, w], kernel_input_feature_dimension=2,
                                               kernel_output_feature_dimension=3, kernel_spatial_dimensions=[0, 1], output_batch_dimension=n, output_feature_dimension=c,
                                               output_spatial_dimensions=[h, w])
    return xla.xla_conv_v2(a, b, list(strides), np.int32(padding), list(lhs), list(rhs), groups, dimension_numbers=d.SerializeToString(), precision_config=b"",
                           preferred_element_type=out, batch_group_count=batch_groups)


compiled("XlaConvV2", numbers(2, 6, 7, 3), numbers(3, 2, 3, 4))(conv)
compiled("XlaConvV2__strided", numbers(1, 7, 8, 3), numbers(3, 3, 3, 4))(lambda a, b: conv(a, b, (2, 3), ((1, 2), (0, 1)), rhs=(2, 1)))
compiled("XlaConvV2__transposed", numbers(1, 3, 4, 2), numbers(3, 3, 2, 5))(lambda a, b: conv(a, b, padding=((2, 1), (-1, 2)), lhs=(2, 3)))
compiled("XlaConvV2__depthwise", numbers(1, 5, 5, 4), numbers(3, 3, 1, 8))(lambda a, b: conv(a, b, groups=4, padding=((1, 1), (1, 1))))
compiled("XlaConvV2__batch_groups", numbers(4, 5, 5, 2), numbers(2, 2, 2, 6))(lambda a, b: conv(a, b, batch_groups=2))
compiled("XlaConvV2__channels_first", numbers(2, 3, 5, 4), numbers(2, 2, 3, 4))(lambda a, b: conv(a, b, layout="NCHW"))
compiled("XlaConvV2__float64", numbers(1, 4, 4, 2, dtype=np.float64), numbers(2, 2, 2, 3, dtype=np.float64))(lambda a, b: conv(a, b, out=tf.float64))
compiled("XlaConvV2__ints", np.arange(32, dtype=np.int32).reshape(1, 4, 4, 2), np.arange(24, dtype=np.int32).reshape(2, 2, 2, 3) - 9)(lambda a, b: conv(a, b, out=tf.int32))


@compiled("XlaConv", numbers(2, 3, 9), numbers(4, 3, 3))
def conv_1d(a, b):
    d = numbers_of.ConvolutionDimensionNumbers(input_batch_dimension=0, input_feature_dimension=1, input_spatial_dimensions=[2], kernel_input_feature_dimension=1,
                                               kernel_output_feature_dimension=0, kernel_spatial_dimensions=[2], output_batch_dimension=0, output_feature_dimension=1,
                                               output_spatial_dimensions=[2])
    return xla.xla_conv(a, b, [2], [[1, 1]], [1], [1], 1, dimension_numbers=d.SerializeToString(), precision_config=b"")


def gather(x, indices, sizes, **fields):
    d = numbers_of.GatherDimensionNumbers(**fields)
    return xla.xla_gather(x, indices, sizes, dimension_numbers=d.SerializeToString(), indices_are_sorted=False)


compiled("XlaGather", numbers(5, 4), np.int32([[1], [9], [-3], [4]]))(
    lambda x, i: gather(x, i, [1, 4], offset_dims=[1], collapsed_slice_dims=[0], start_index_map=[0], index_vector_dim=1))
compiled("XlaGather__windows", numbers(5, 4, 3), np.int64([[1, 0], [3, 2]]))(
    lambda x, i: gather(x, i, np.int64([2, 2, 3]), offset_dims=[0, 2, 3], start_index_map=[1, 0], index_vector_dim=0))
compiled("XlaGather__scalars", numbers(5, 4), np.int32([[[0, 1], [2, 3]], [[4, 0], [1, 1]]]))(
    lambda x, i: gather(x, i, [1, 1], collapsed_slice_dims=[0, 1], start_index_map=[0, 1], index_vector_dim=2))
compiled("XlaGather__no_vector", numbers(6, 2), np.int32([5, 0, 2]))(
    lambda x, i: gather(x, i, [2, 1], offset_dims=[0], collapsed_slice_dims=[1], start_index_map=[0], index_vector_dim=1))
compiled("XlaGather__batched", numbers(3, 5, 2), np.int32([[[1], [4]], [[0], [7]], [[2], [2]]]))(
    lambda x, i: gather(x, i, [1, 1, 2], offset_dims=[2], collapsed_slice_dims=[1], start_index_map=[1], index_vector_dim=2, operand_batching_dims=[0], start_indices_batching_dims=[0]))


def scatter(x, indices, updates, computation=ADD, **fields):
    d = numbers_of.ScatterDimensionNumbers(**fields)
    return xla.xla_scatter(x, indices, updates, update_computation=computation, dimension_numbers=d.SerializeToString(), indices_are_sorted=False)


ROWS = dict(update_window_dims=[1], inserted_window_dims=[0], scatter_dims_to_operand_dims=[0], index_vector_dim=1)
compiled("XlaScatter", numbers(5, 3), np.int32([[1], [4], [1], [9], [-1]]), numbers(5, 3, seed=4))(lambda x, i, u: scatter(x, i, u, **ROWS))
compiled("XlaScatter__replace", numbers(5, 3), np.int32([[1], [4]]), numbers(2, 3, seed=4))(lambda x, i, u: scatter(x, i, u, REPLACE, **ROWS))
compiled("XlaScatter__scalars", numbers(4, 3), np.int32([[0, 1], [3, 2], [0, 1]]), numbers(3))(
    lambda x, i, u: scatter(x, i, u, MAX, inserted_window_dims=[0, 1], scatter_dims_to_operand_dims=[0, 1], index_vector_dim=1))
compiled("XlaScatter__window", numbers(6, 5), np.int32([2, 3]), numbers(2, 3))(
    lambda x, i, u: scatter(x, i, u, update_window_dims=[0, 1], scatter_dims_to_operand_dims=[0, 1], index_vector_dim=0))


def window(x, init, size, strides=(1, 1), base=(1, 1), dilation=(1, 1), padding=((0, 0), (0, 0)), computation=ADD):
    return xla.xla_reduce_window(x, init, list(size), list(strides), list(base), list(dilation), np.int32(padding), computation=computation)


compiled("XlaReduceWindow", numbers(6, 7))(lambda x: window(x, 0.0, (2, 3)))
compiled("XlaReduceWindow__max", numbers(6, 7))(lambda x: window(x, -np.inf, (3, 2), (2, 2), padding=((1, 1), (0, 1)), computation=MAX))
compiled("XlaReduceWindow__dilated", numbers(6, 7))(lambda x: window(x, 0.0, (2, 2), base=(2, 1), dilation=(3, 2), padding=((1, 0), (-1, 2))))
compiled("XlaReduce", numbers(3, 7, 5))(lambda x: xla.xla_reduce(x, 1.5, dimensions_to_reduce=[1], reducer=ADD))
compiled("XlaReduce__all", numbers(3, 7, 5))(lambda x: xla.xla_reduce(x, -9.0, dimensions_to_reduce=[2, 0, 1], reducer=MAX))
compiled("XlaReduce__ints", np.int32([[3, 4, 5], [-1, 7, 2]]))(lambda x: xla.xla_reduce(x, 2, dimensions_to_reduce=[0], reducer=MULTIPLY))
compiled("XlaReduce__empty", numbers(0, 3))(lambda x: xla.xla_reduce(x, 4.0, dimensions_to_reduce=[0], reducer=ADD))
compiled("XlaReduce__nothing", numbers(2, 3))(lambda x: xla.xla_reduce(x, 4.0, dimensions_to_reduce=[], reducer=ADD))
TIES = np.float32([[1, 3, 3, 0], [2, 2, 2, 2], [-1, -2, -3, -1]])
PLACES = np.tile(np.arange(4, dtype=np.int32), (3, 1))
compiled("XlaVariadicReduceV2", TIES, PLACES)(lambda x, i: xla.xla_variadic_reduce_v2([x, i], [-np.inf, np.int32(0)], dimensions_to_reduce=[1], reducer=BEST))
compiled("XlaVariadicReduce", numbers(4, 3), numbers(4, 3, seed=5))(
    lambda a, b: xla.xla_variadic_reduce([a, b], [0.0, 0.0], dimensions_to_reduce=[0], reducer=reducer(lambda a, b, c, d: (a + c, tf.maximum(b, d)), [tf.float32] * 4)))

SPECIAL = np.float32([[3, -np.inf, 0.0, -0.0, np.nan, 1], [np.inf, 2, 2, -1, 5, -np.nan]])
compiled("XlaSort", SPECIAL)(xla.xla_sort)
compiled("XlaSort__ints", np.uint8([9, 255, 0, 9, 128]))(xla.xla_sort)
compiled("XlaKeyValueSort", np.int32([[3, 1, 2, 1], [0, 5, 5, -9]]), np.float32([[0, 1, 2, 3], [4, 5, 6, 7]]))(xla.xla_key_value_sort)


def sort(x, y, dimension, comparator):
    return xla.xla_variadic_sort([x, y], dimension, comparator=comparator, is_stable=True)


LESS = reducer(lambda a, b, c, d: a < b, [tf.float32, tf.float32, tf.int32, tf.int32])
MORE = reducer(lambda a, b, c, d: tf.reshape(a, []) > b, [tf.float32, tf.float32, tf.int32, tf.int32])
LONG = np.round(2 * numbers(3, 37, 2, seed=6))
COUNT = np.arange(LONG.size, dtype=np.int32).reshape(LONG.shape)
compiled("XlaVariadicSort", LONG, COUNT)(lambda x, y: sort(x, y, 1, LESS))
compiled("XlaVariadicSort__first", LONG, COUNT)(lambda x, y: sort(x, y, 0, LESS))
compiled("XlaVariadicSort__scalars_only", LONG[:, :5], COUNT[:, :5])(lambda x, y: sort(x, y, 1, MORE))

compiled("XlaSharding", numbers(2, 2))(lambda x: xla.xla_sharding(x, sharding=b""))
compiled("XlaOptimizationBarrier", numbers(2, 2), np.int32([3]))(lambda x, y: xla.xla_optimization_barrier([x, y]))


@compiled("XlaWhile", numbers(3))
def loop(x):
    cond = tf.function(lambda i, x: i < 4).get_concrete_function(tf.TensorSpec([], tf.int32), tf.TensorSpec([3]))
    body = tf.function(lambda i, x: (i + 1, x * 2)).get_concrete_function(tf.TensorSpec([], tf.int32), tf.TensorSpec([3]))
    return xla.xla_while([0, x], cond=cond, body=body)[1]


if __name__ == "__main__":
    SUITE.main(__doc__, "raw_xla")
