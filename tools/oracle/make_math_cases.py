#!/usr/bin/env python3
"""Writes testdata/ops/raw_math: gradients, linear algebra, special functions, quantisation and pools that no recorded suite has, each
called by its own name.

    make_math_cases.py [--out testdata/ops]
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


def positive(n, seed=3):
    a = numbers(n, n, seed=seed)
    return a @ a.T + n * np.eye(n, dtype=np.float32)


def named(*names):
    """An op with several outputs as a dictionary."""
    return lambda outputs: dict(zip(names, outputs))


def y(tensor):
    return {"y": tensor}


# Gradients of element-wise ops: (gradients, features or outputs), or (y, dy).
X, DY = numbers(3, 5), numbers(3, 5, seed=6)
for op in ["EluGrad", "SeluGrad"]:
    op_case(op, DY, X)(lambda g, o, op=op: y(getattr(raw, op)(gradients=g, outputs=o)))
for op in ["Relu6Grad", "ReluGrad", "SoftplusGrad", "SoftsignGrad"]:
    op_case(op, DY, 4 * X)(lambda g, f, op=op: y(getattr(raw, op)(gradients=g, features=f)))
op_case("ReluGrad__f16", DY.astype(np.float16), X.astype(np.float16))(lambda g, f: y(raw.ReluGrad(gradients=g, features=f)))
op_case("ReluGrad__nan", np.float32([np.nan, 1, np.inf]), np.float32([-1, np.nan, -1]))(lambda g, f: y(raw.ReluGrad(gradients=g, features=f)))
op_case("ReluGrad__i32", np.int32([1, 2, 3]), np.int32([-1, 0, 5]))(lambda g, f: y(raw.ReluGrad(gradients=g, features=f)))
op_case("LeakyReluGrad", DY, X)(lambda g, f: y(raw.LeakyReluGrad(gradients=g, features=f, alpha=0.3)))
for op in ["InvGrad", "ReciprocalGrad", "RsqrtGrad", "SigmoidGrad", "SqrtGrad", "TanhGrad"]:
    op_case(op, np.abs(X) + 0.1, DY)(lambda a, b, op=op: y(getattr(raw, op)(y=a, dy=b)))
    op_case(op + "__c64", np.complex64(X + 1j * DY), np.complex64(DY - 2j * X))(lambda a, b, op=op: y(getattr(raw, op)(y=a, dy=b)))

# Gradients of layers.
IMAGES, SLOPE = numbers(2, 5, 6, 3), numbers(2, 3, 3, 4, seed=8)
op_case("BiasAddGrad", IMAGES)(lambda g: y(raw.BiasAddGrad(out_backprop=g)))
op_case("BiasAddGrad__nchw", IMAGES)(lambda g: y(raw.BiasAddGrad(out_backprop=g, data_format="NCHW")))
op_case("Conv2DBackpropFilter", IMAGES, SLOPE)(
    lambda x, g: y(raw.Conv2DBackpropFilter(input=x, filter_sizes=[3, 2, 3, 4], out_backprop=g, strides=[1, 2, 2, 1], padding="SAME")))
op_case("Conv2DBackpropFilter__wrong", IMAGES, SLOPE, expect="error")(
    lambda x, g: y(raw.Conv2DBackpropFilter(input=x, filter_sizes=tf.identity([3, 2, 3, 4]), out_backprop=g, strides=[1, 1, 1, 1], padding="SAME")))
op_case("Conv3DBackpropFilterV2", numbers(1, 3, 4, 4, 2), numbers(1, 2, 3, 3, 3))(
    lambda x, g: y(raw.Conv3DBackpropFilterV2(input=x, filter_sizes=[2, 2, 2, 2, 3], out_backprop=g, strides=[1, 1, 1, 1, 1], padding="VALID")))
POOL = dict(ksize=[1, 2, 3, 1], strides=[1, 2, 2, 1], padding="SAME")
POOL3 = dict(ksize=[1, 2, 2, 1, 1], strides=[1, 1, 2, 1, 1], padding="VALID")
VOLUME = numbers(1, 3, 4, 2, 2)
op_case("AvgPoolGrad", numbers(2, 3, 3, 3))(lambda g: y(raw.AvgPoolGrad(orig_input_shape=[2, 5, 6, 3], grad=g, **POOL)))
op_case("AvgPool3DGrad", numbers(1, 2, 2, 2, 2))(lambda g: y(raw.AvgPool3DGrad(orig_input_shape=[1, 3, 4, 2, 2], grad=g, **POOL3)))
op_case("MaxPoolGrad", IMAGES, numbers(2, 3, 3, 3))(
    lambda x, g: y(raw.MaxPoolGrad(orig_input=x, orig_output=raw.MaxPool(input=x, **POOL), grad=g, **POOL)))
op_case("MaxPool3DGrad", VOLUME, numbers(1, 2, 2, 2, 2))(
    lambda x, g: y(raw.MaxPool3DGrad(orig_input=x, orig_output=raw.MaxPool3D(input=x, **POOL3), grad=g, **POOL3)))
op_case("MaxPoolWithArgmax", IMAGES)(lambda x: named("y", "at")(raw.MaxPoolWithArgmax(input=x, **POOL)))
op_case("MaxPoolWithArgmax__batch_i32", IMAGES)(
    lambda x: named("y", "at")(raw.MaxPoolWithArgmax(input=x, include_batch_in_index=True, Targmax=tf.int32, **POOL)))
op_case("Dilation2D", IMAGES, numbers(2, 3, 3))(
    lambda x, f: y(raw.Dilation2D(input=x, filter=f, strides=[1, 2, 1, 1], rates=[1, 1, 2, 1], padding="SAME")))
op_case("Dilation2D__i32", np.int32(10 * IMAGES), np.int32(10 * numbers(2, 2, 3)))(
    lambda x, f: y(raw.Dilation2D(input=x, filter=f, strides=[1, 1, 1, 1], rates=[1, 1, 1, 1], padding="VALID")))
STATISTICS = numbers(3), np.abs(numbers(3, seed=9)) + 0.5
for version in ["", "V2", "V3"]:
    for training in [True, False]:
        def batch_norm(g, x, scale, mean, variance, version=version, training=training):
            more = {"reserve_space_3": tf.constant(0.0)} if version == "V3" else {}
            out = getattr(raw, "FusedBatchNormGrad" + version)(y_backprop=g, x=x, scale=scale, reserve_space_1=mean, reserve_space_2=variance,
                                                               is_training=training, epsilon=0.01, **more)
            return named("x", "scale", "offset")(out[:3])
        op_case(f"FusedBatchNormGrad{version}__{training}", numbers(2, 5, 6, 3, seed=11), IMAGES, numbers(3, seed=12), *STATISTICS,
                rtol=1e-3, atol=1e-4)(batch_norm)
op_case("QuantizeAndDequantizeV4Grad", DY, 3 * X)(
    lambda g, x: named("x", "min", "max")(raw.QuantizeAndDequantizeV4Grad(gradients=g, input=x, input_min=-1.0, input_max=2.0)))

# Linear algebra.
A, B = numbers(2, 3, 3), numbers(2, 3, 2)
op_case("CholeskyGrad", np.tril(positive(3)), numbers(3, 3))(lambda l, g: y(raw.CholeskyGrad(l=l, grad=g)))
op_case("LogMatrixDeterminant__singular", np.float32([[1, 2], [2, 4]]))(
    lambda a: named("sign", "log")(raw.LogMatrixDeterminant(input=a)))
op_case("MatrixTriangularSolve__broadcast", numbers(3, 3), numbers(2, 3, 2))(lambda a, b: y(raw.MatrixTriangularSolve(matrix=a, rhs=b)))
op_case("MatrixLogarithm", np.complex64(positive(3) + 1j * np.eye(3)))(lambda a: y(raw.MatrixLogarithm(input=a)))
op_case("MatrixSquareRoot__no_real_root", np.float32([[-1, 0], [0, 4]]))(lambda a: y(raw.MatrixSquareRoot(input=a)))
op_case("MatrixSquareRoot__rotation", np.float32([[0, -1], [1, 0]]))(lambda a: y(raw.MatrixSquareRoot(input=a)))
DIAGONALS = [numbers(2, 1, 4, seed=s) for s in (1, 2, 3)]
op_case("TridiagonalMatMul", *DIAGONALS, numbers(2, 4, 3))(
    lambda a, b, c, x: y(raw.TridiagonalMatMul(superdiag=a, maindiag=b, subdiag=c, rhs=x)))
BANDS = np.abs(numbers(3, 4)) + 0.5
for lower in [True, False]:
    for adjoint in [True, False]:
        op_case(f"BandedTriangularSolve__{lower}_{adjoint}", BANDS, numbers(4, 2))(
            lambda a, b, lower=lower, adjoint=adjoint: y(raw.BandedTriangularSolve(matrix=a, rhs=b, lower=lower, adjoint=adjoint)))
op_case("TridiagonalSolve__singular", np.zeros((3, 3), np.float32), numbers(3, 1))(lambda d, b: y(raw.TridiagonalSolve(diagonals=d, rhs=b)))

# Special functions that the recorded suites leave out.
LINE = np.linspace(0.1, 9, 13).astype(np.float32)
for op in ["BesselI1e", "BesselK1e", "BesselY1", "Dawsn", "FresnelSin"]:
    op_case(op, LINE)(lambda x, op=op: y(getattr(raw, op)(x=x)))
    op_case(op + "__f64", -LINE.astype(np.float64) if op in ("Dawsn", "FresnelSin", "BesselI1e") else LINE.astype(np.float64))(
        lambda x, op=op: y(getattr(raw, op)(x=x)))
op_case("IgammaGradA", LINE, LINE[::-1].copy())(lambda a, x: y(raw.IgammaGradA(a=a, x=x)))
op_case("RandomGammaGrad", LINE, LINE[::-1].copy())(lambda a, x: y(raw.RandomGammaGrad(alpha=a, sample=x)))
op_case("Lgamma__f16", LINE.astype(np.float16), rtol=2e-3, atol=2e-3)(lambda x: y(raw.Lgamma(x=x)))

# Quantised ops.
BYTES = np.random.default_rng(4).integers(0, 256, (2, 3, 4)).astype(np.uint8)


def quint8(x):
    return tf.bitcast(x, tf.quint8)


def plain(out):
    return {"q": tf.bitcast(out[0], {tf.quint8: tf.uint8, tf.qint8: tf.int8, tf.qint32: tf.int32}[out[0].dtype]), "lo": out[1], "hi": out[2]}


op_case("QuantizedMul", BYTES, BYTES[0, :1])(
    lambda a, b: plain(raw.QuantizedMul(x=quint8(a), y=quint8(b), min_x=-1.0, max_x=2.0, min_y=0.0, max_y=3.0)))
op_case("QuantizeDownAndShrinkRange", np.int32([-5000000, 100, 30000000, 7]))(
    lambda a: plain(raw.QuantizeDownAndShrinkRange(input=tf.bitcast(a, tf.qint32), input_min=-200.0, input_max=300.0, out_type=tf.quint8)))
op_case("QuantizeAndDequantizeV2__axis", X)(
    lambda x: y(raw.QuantizeAndDequantizeV2(input=x, input_min=[0.0] * 5, input_max=[0.0] * 5, axis=1)))
op_case("FractionalAvgPool", numbers(1, 9, 11, 2))(
    lambda x: named("y", "rows", "columns")(raw.FractionalAvgPool(value=x, pooling_ratio=[1.0, 1.5, 1.7, 1.0], overlapping=True,
                                                                  deterministic=True, seed=3, seed2=4)))
op_case("FractionalMaxPool__pseudo_random", numbers(1, 9, 11, 2))(
    lambda x: named("y", "rows", "columns")(raw.FractionalMaxPool(value=x, pooling_ratio=[1.0, 1.5, 1.7, 1.0], pseudo_random=True,
                                                                  deterministic=True, seed=3, seed2=4)))
op_case("UniformQuantizedConvolutionHybrid", numbers(1, 2, 4, 4), np.int8(40 * numbers(3, 2, 2, 2)), rtol=0.02, atol=0.05)(
    lambda x, w: y(raw.UniformQuantizedConvolutionHybrid(lhs=x, rhs=tf.bitcast(w, tf.qint8), rhs_scales=0.02, rhs_zero_points=3, Tout=tf.float32,
                                                         padding="VALID", rhs_quantization_min_val=-128, rhs_quantization_max_val=127)))

# Recurrent cells.
op_case("BlockLSTMV2", numbers(4, 2, 3), numbers(2, 5), numbers(2, 5, seed=6), numbers(8, 20), numbers(5), numbers(5, seed=2), numbers(5, seed=3), numbers(20))(
    lambda x, cs, h, w, wci, wcf, wco, b: named("i", "cs", "f", "o", "ci", "co", "h")(raw.BlockLSTMV2(
        seq_len_max=tf.constant(3, tf.int64), x=x, cs_prev=cs, h_prev=h, w=w, wci=wci, wcf=wcf, wco=wco, b=b, cell_clip=0.7, use_peephole=True)))

# Element-wise corners.
op_case("Round__i64", np.int64([1, -2, 7]))(lambda x: y(raw.Round(x=x)))
op_case("Round__i64_long", np.arange(-9, 30, dtype=np.int64))(lambda x: y(raw.Round(x=x)))
op_case("Round__i32", np.arange(-9, 30, dtype=np.int32))(lambda x: y(raw.Round(x=x)))
op_case("Log__f64_denormals", np.array([1e-310] * 6))(lambda x: y(raw.Log(x=x)))


if __name__ == "__main__":
    SUITE.main(__doc__, "raw_math")
