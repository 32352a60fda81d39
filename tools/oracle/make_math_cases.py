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
for version, sizes in [("", lambda x: {"ksize": x, "strides": x}), ("V2", lambda x: {"ksize": tf.constant(x), "strides": tf.constant(x)})]:
    op_case("MaxPoolGradGrad" + version, IMAGES, numbers(2, 5, 6, 3, seed=13))(
        lambda x, g, version=version, sizes=sizes: y(getattr(raw, "MaxPoolGradGrad" + version)(
            orig_input=x, orig_output=raw.MaxPool(input=x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME"), grad=g, padding="SAME",
            **sizes([1, 2, 2, 1]))))
op_case("MaxPoolGradV2", IMAGES, numbers(2, 3, 3, 3))(
    lambda x, g: y(raw.MaxPoolGradV2(orig_input=x, orig_output=raw.MaxPool(input=x, **POOL), grad=g, ksize=[1, 2, 3, 1], strides=[1, 2, 2, 1],
                                     padding="SAME")))
op_case("MaxPool3DGradGrad", VOLUME, numbers(1, 3, 4, 2, 2, seed=14))(
    lambda x, g: y(raw.MaxPool3DGradGrad(orig_input=x, orig_output=raw.MaxPool3D(input=x, **POOL3), grad=g, **POOL3)))
for batch in [False, True]:
    def argmax_gradient(x, batch=batch):
        out, at = raw.MaxPoolWithArgmax(input=x, include_batch_in_index=batch, **POOL)
        return y(raw.MaxPoolGradWithArgmax(input=x, grad=out, argmax=at, include_batch_in_index=batch, **POOL))
    op_case(f"MaxPoolGradWithArgmax__{batch}", IMAGES)(argmax_gradient)
op_case("MaxPool__nan", np.where(IMAGES > 1, np.nan, IMAGES).astype(np.float32))(lambda x: y(raw.MaxPool(input=x, **POOL)))
FRACTIONAL = dict(pooling_ratio=[1.0, 1.5, 1.7, 1.0], overlapping=True, deterministic=True, seed=3, seed2=4)


@op_case("FractionalMaxPoolGrad", numbers(1, 9, 11, 2))
def fractional_max_gradient(x):
    out, rows, columns = raw.FractionalMaxPool(value=x, **FRACTIONAL)
    return y(raw.FractionalMaxPoolGrad(orig_input=x, orig_output=out, out_backprop=out, row_pooling_sequence=rows, col_pooling_sequence=columns,
                                       overlapping=True))


@op_case("FractionalAvgPoolGrad", numbers(1, 9, 11, 2))
def fractional_average_gradient(x):
    out, rows, columns = raw.FractionalAvgPool(value=x, **FRACTIONAL)
    return y(raw.FractionalAvgPoolGrad(orig_input_tensor_shape=tf.constant([1, 9, 11, 2], tf.int64), out_backprop=out, row_pooling_sequence=rows,
                                       col_pooling_sequence=columns, overlapping=True))


DEPTHWISE = dict(strides=[1, 2, 2, 1], padding="SAME")
op_case("DepthwiseConv2dNativeBackpropInput", numbers(3, 2, 3, 2), numbers(2, 3, 3, 6))(
    lambda f, g: y(raw.DepthwiseConv2dNativeBackpropInput(input_sizes=[2, 5, 6, 3], filter=f, out_backprop=g, **DEPTHWISE)))
op_case("DepthwiseConv2dNativeBackpropFilter", IMAGES, numbers(2, 3, 3, 6))(
    lambda x, g: y(raw.DepthwiseConv2dNativeBackpropFilter(input=x, filter_sizes=[3, 2, 3, 2], out_backprop=g, **DEPTHWISE)))
DILATION = dict(strides=[1, 2, 1, 1], rates=[1, 1, 2, 1], padding="SAME")
op_case("Dilation2DBackpropInput", IMAGES, numbers(2, 3, 3), numbers(2, 3, 6, 3))(
    lambda x, f, g: y(raw.Dilation2DBackpropInput(input=x, filter=f, out_backprop=g, **DILATION)))
op_case("Dilation2DBackpropFilter", IMAGES, numbers(2, 3, 3), numbers(2, 3, 6, 3))(
    lambda x, f, g: y(raw.Dilation2DBackpropFilter(input=x, filter=f, out_backprop=g, **DILATION)))
op_case("LRNGrad", IMAGES, numbers(2, 5, 6, 3, seed=15))(
    lambda x, g: y(raw.LRNGrad(input_grads=g, input_image=x, output_image=raw.LRN(input=x, depth_radius=1, alpha=0.5), depth_radius=1, alpha=0.5)))
op_case("Conv2DBackpropInput__i32", np.int32(5 * numbers(2, 2, 3, 4)), np.int32(5 * SLOPE))(
    lambda f, g: y(raw.Conv2DBackpropInput(input_sizes=[2, 5, 6, 3], filter=f, out_backprop=g, strides=[1, 2, 2, 1], padding="SAME")))
op_case("FakeQuantWithMinMaxArgsGradient", DY, 3 * X)(lambda g, x: y(raw.FakeQuantWithMinMaxArgsGradient(gradients=g, inputs=x, min=-1, max=2)))
op_case("FakeQuantWithMinMaxVarsGradient", DY, 3 * X)(
    lambda g, x: named("x", "min", "max")(raw.FakeQuantWithMinMaxVarsGradient(gradients=g, inputs=x, min=-1.0, max=2.0)))
op_case("FakeQuantWithMinMaxVarsPerChannelGradient", DY, 3 * X)(
    lambda g, x: named("x", "min", "max")(raw.FakeQuantWithMinMaxVarsPerChannelGradient(
        gradients=g, inputs=x, min=[-1.0, -2.0, 0.0, -0.5, -1.0], max=[2.0, 1.0, 0.0, 0.5, 3.0])))
op_case("FakeQuantWithMinMaxArgs__half_steps", np.arange(-8, 9, dtype=np.float32) / 8)(
    lambda x: y(raw.FakeQuantWithMinMaxArgs(inputs=x, min=0, max=1, num_bits=2)))
for op in ["Mean", "SqrtN", "Sum"]:
    op_case(f"SparseSegment{op}GradV2", numbers(4, 3))(
        lambda g, op=op: named("y", "rows")(getattr(raw, f"SparseSegment{op}GradV2")(
            grad=g, indices=[4, 0, 2, 2], segment_ids=[0, 0, 1, 3], dense_output_dim0=6)))
    op_case(f"SparseSegment{op}Grad", numbers(4, 3))(
        lambda g, op=op: y(getattr(raw, f"SparseSegment{op}Grad")(grad=g, indices=[4, 0, 2, 2], segment_ids=[0, 0, 1, 3], output_dim0=6)))
op_case("SparseSegmentSqrtNWithNumSegments", numbers(5, 3))(
    lambda x: y(raw.SparseSegmentSqrtNWithNumSegments(data=x, indices=[4, 0, 2, 2], segment_ids=[0, 0, 1, 3], num_segments=6)))
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

def legacy(twin, name, drops=None, **attrs):
    """The op `twin` under the name that it had in graphs of 2016, which only such graphs may hold."""
    def build(x, *more):
        with tf.Graph().as_default() as graph:
            inputs = [tf.compat.v1.placeholder(t.dtype, name=f"in{i}") for i, t in enumerate([x, *more])]
            outputs = twin(*inputs, **attrs)
            outputs = [outputs] if isinstance(outputs, tf.Tensor) else list(outputs)
            node = outputs[0].op.name
        proto = graph.as_graph_def()
        proto.versions.producer = 8
        for n in proto.node:
            if n.name == node:
                n.op = name
                if drops:
                    del n.attr[drops]
        found = tf.import_graph_def(proto, {f"in{i}:0": t for i, t in enumerate([x, *more])}, [t.name for t in outputs], name="old")
        return {f"y{i}": tf.abs(t) if "Svd" in name or "Eig" in name else t for i, t in enumerate(found)}
    return build


POSITIVE = np.stack([positive(3), positive(3, seed=7)])
op_case("BatchCholesky", POSITIVE)(legacy(lambda x: raw.Cholesky(input=x), "BatchCholesky"))
op_case("BatchCholeskyGrad", np.tril(POSITIVE), A)(legacy(lambda l, g: raw.CholeskyGrad(l=l, grad=g), "BatchCholeskyGrad"))
op_case("BatchMatMul", A, B)(lambda a, b: y(raw.BatchMatMul(x=a, y=b, adj_x=True)))
op_case("BatchMatrixDeterminant", A)(legacy(lambda x: raw.MatrixDeterminant(input=x), "BatchMatrixDeterminant"))
op_case("BatchMatrixInverse", POSITIVE)(legacy(lambda x: raw.MatrixInverse(input=x), "BatchMatrixInverse"))
op_case("BatchMatrixSolve", POSITIVE, B)(legacy(lambda a, b: raw.MatrixSolve(matrix=a, rhs=b), "BatchMatrixSolve"))
op_case("BatchMatrixSolveLs", POSITIVE, B)(legacy(lambda a, b: raw.MatrixSolveLs(matrix=a, rhs=b, l2_regularizer=tf.constant(0.1, tf.float64)), "BatchMatrixSolveLs"))
op_case("BatchMatrixTriangularSolve", POSITIVE, B)(legacy(lambda a, b: raw.MatrixTriangularSolve(matrix=a, rhs=b), "BatchMatrixTriangularSolve"))
op_case("BatchSelfAdjointEigV2", POSITIVE)(legacy(lambda x: raw.SelfAdjointEigV2(input=x), "BatchSelfAdjointEigV2"))
for op in ["SelfAdjointEig", "BatchSelfAdjointEig"]:
    op_case(op, POSITIVE if op[0] == "B" else positive(3))(legacy(lambda x: raw.MatrixInverse(input=x), op, drops="adjoint"))
op_case("BatchSvd", A)(legacy(lambda x: raw.Svd(input=x), "BatchSvd"))
op_case("MatrixExponential", A)(legacy(lambda x: raw.MatrixSquareRoot(input=x), "MatrixExponential"))
op_case("MatrixExponential__c64", np.complex64(A + 1j * A[::-1]))(legacy(lambda x: raw.MatrixSquareRoot(input=x), "MatrixExponential"))

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
WORDS = np.int32([[100, -2000000], [70000, 1 << 30]])
op_case("QuantizedReshape", BYTES)(lambda a: plain(raw.QuantizedReshape(tensor=quint8(a), shape=[4, -1], input_min=-1.0, input_max=2.0)))
for given in [False, True]:
    op_case(f"QuantizedInstanceNorm__{given}", np.random.default_rng(8).integers(0, 256, (2, 4, 5, 3)).astype(np.uint8), rtol=1e-4, atol=1e-4)(
        lambda a, given=given: plain(raw.QuantizedInstanceNorm(x=quint8(a), x_min=-1.0, x_max=2.0, output_range_given=given, given_y_min=-2, given_y_max=3)))
op_case("QuantizedBatchNormWithGlobalNormalization", BYTES[:, :, None, :3].reshape(2, 3, 1, 3), BYTES[0, 0, :3])(
    lambda t, m: plain(raw.QuantizedBatchNormWithGlobalNormalization(
        t=quint8(t), t_min=-1.0, t_max=2.0, m=quint8(m), m_min=-1.0, m_max=1.0, v=quint8(m), v_min=0.0, v_max=2.0, beta=quint8(m), beta_min=-1.0,
        beta_max=1.0, gamma=quint8(m), gamma_min=0.0, gamma_max=1.0, out_type=tf.qint32, variance_epsilon=0.1, scale_after_normalization=True)))
op_case("UniformQuantizedClipByValue", WORDS)(
    lambda a: {"q": tf.bitcast(raw.UniformQuantizedClipByValue(
        operand=tf.bitcast(a, tf.qint32), min=tf.bitcast(tf.constant([-50, -100]), tf.qint32), max=tf.bitcast(tf.constant([60000, 100]), tf.qint32),
        scales=[0.1, 0.2], zero_points=[0, 1], quantization_axis=1, quantization_min_val=-(1 << 31), quantization_max_val=(1 << 31) - 1), tf.int32)})
op_case("UniformQuantizedDotHybrid__rows", numbers(3, 5), np.int8(40 * numbers(5, 2)))(
    lambda x, w: y(raw.UniformQuantizedDotHybrid(lhs=x, rhs=tf.bitcast(w, tf.qint8), rhs_scales=[0.1, 0.2], rhs_zero_points=[3, -4], Tout=tf.float32,
                                                 rhs_quantization_axis=1, rhs_quantization_min_val=-128, rhs_quantization_max_val=127)))
op_case("QuantizeV2__qint32_highest", np.float32([-2, 0.5, 1, 2]))(
    lambda x: plain(raw.QuantizeV2(input=x, min_range=-1.0, max_range=1.0, T=tf.qint32, mode="SCALED")))
op_case("QuantizeAndDequantizeV2__axis", X)(
    lambda x: y(raw.QuantizeAndDequantizeV2(input=x, input_min=[0.0] * 5, input_max=[0.0] * 5, axis=1)))
op_case("FractionalAvgPool", numbers(1, 9, 11, 2))(
    lambda x: named("y", "rows", "columns")(raw.FractionalAvgPool(value=x, pooling_ratio=[1.0, 1.5, 1.7, 1.0], overlapping=True,
                                                                  deterministic=True, seed=3, seed2=4)))
op_case("FractionalMaxPool__pseudo_random", numbers(1, 9, 11, 2))(
    lambda x: named("y", "rows", "columns")(raw.FractionalMaxPool(value=x, pooling_ratio=[1.0, 1.5, 1.7, 1.0], pseudo_random=True,
                                                                  deterministic=True, seed=3, seed2=4)))
op_case("UniformQuantizedConvolutionHybrid", numbers(1, 2, 4, 4), np.int8(40 * numbers(3, 2, 2, 2)))(
    lambda x, w: y(raw.UniformQuantizedConvolutionHybrid(lhs=x, rhs=tf.bitcast(w, tf.qint8), rhs_scales=0.02, rhs_zero_points=3, Tout=tf.float32,
                                                         padding="VALID", rhs_quantization_min_val=-128, rhs_quantization_max_val=127)))

# Recurrent cells.
op_case("BlockLSTMV2", numbers(4, 2, 3), numbers(2, 5), numbers(2, 5, seed=6), numbers(8, 20), numbers(5), numbers(5, seed=2), numbers(5, seed=3), numbers(20))(
    lambda x, cs, h, w, wci, wcf, wco, b: named("i", "cs", "f", "o", "ci", "co", "h")(raw.BlockLSTMV2(
        seq_len_max=tf.constant(4, tf.int64), x=x, cs_prev=cs, h_prev=h, w=w, wci=wci, wcf=wcf, wco=wco, b=b, cell_clip=0.7, use_peephole=True)))

SLOPES = numbers(2, 4, seed=21), numbers(2, 4, seed=22)
LSTM = [numbers(2, 3), numbers(2, 4), numbers(2, 4, seed=6), numbers(7, 16), numbers(4), numbers(4, seed=2), numbers(4, seed=3), numbers(16)]
LSTM_NAMES = ["x", "cs_prev", "h_prev", "w", "wci", "wcf", "wco", "b"]
LSTM_STATES = ["i", "cs", "f", "o", "ci", "co"]


def cell_gradient(cs_grad, h_grad, *arrays):
    inputs = dict(zip(LSTM_NAMES, arrays))
    states = dict(zip(LSTM_STATES, raw.LSTMBlockCell(**inputs, use_peephole=True)))
    return named("cs_prev", "gates", "wci", "wcf", "wco")(raw.LSTMBlockCellGrad(**inputs, **states, cs_grad=cs_grad, h_grad=h_grad, use_peephole=True))


def block_gradient(version, peephole):
    def build(cs_grad, h_grad, *arrays):
        inputs = dict(zip(LSTM_NAMES, arrays), seq_len_max=tf.constant(3, tf.int64))
        states = dict(zip(LSTM_STATES + ["h"], getattr(raw, "BlockLSTM" + version)(**inputs, use_peephole=peephole)))
        return named("x", "cs_prev", "h_prev", "w", "wci", "wcf", "wco", "b")(
            getattr(raw, "BlockLSTMGrad" + version)(**inputs, **states, cs_grad=cs_grad, h_grad=h_grad, use_peephole=peephole))
    return build


op_case("LSTMBlockCellGrad", *SLOPES, *LSTM)(cell_gradient)
for version in ["", "V2"]:
    op_case("BlockLSTMGrad" + version, numbers(4, 2, 4, seed=23), numbers(4, 2, 4, seed=24), numbers(4, 2, 3), *LSTM[1:])(
        block_gradient(version, version == ""))


@op_case("GRUBlockCellGrad", numbers(2, 4, seed=25), numbers(2, 3), numbers(2, 4, seed=6), numbers(7, 8), numbers(7, 4), numbers(8), numbers(4))
def gru_gradient(d_h, x, h_prev, w_ru, w_c, b_ru, b_c):
    inputs = dict(x=x, h_prev=h_prev, w_ru=w_ru, w_c=w_c, b_ru=b_ru, b_c=b_c)
    r, u, c, _ = raw.GRUBlockCell(**inputs)
    return named("x", "h_prev", "c_bar", "r_bar_u_bar")(raw.GRUBlockCellGrad(**inputs, r=r, u=u, c=c, d_h=d_h))


# Random numbers that seeds or a generator's state determine.
RATES = np.float32([0.5, 1, 7.5, 30, 1000])
op_case("StatelessRandomPoisson", RATES)(lambda r: y(raw.StatelessRandomPoisson(shape=[4, 5], seed=[3, 4], lam=r, dtype=tf.int32)))
op_case("RandomPoissonV2", RATES)(lambda r: y(raw.RandomPoissonV2(shape=[9], rate=r, seed=3, seed2=4, dtype=tf.int64)))
op_case("StatelessShuffle", np.arange(24).reshape(12, 2), np.uint64([9]), np.uint64([1, 2]))(
    lambda x, key, counter: y(raw.StatelessShuffle(value=x, key=key, counter=counter, alg=1)))
op_case("StatelessRandomGammaV3", np.uint64([77]), np.uint64([1, 2]))(
    lambda key, counter: y(raw.StatelessRandomGammaV3(shape=[4, 3], key=key, counter=counter, alg=1, alpha=[0.5, 1.0, 7.5])))
op_case("StatelessRandomUniformFullInt", np.int64([3, 4]))(lambda seed: y(raw.StatelessRandomUniformFullInt(shape=[3, 2], seed=seed, dtype=tf.uint64)))


def generated(name, draw):
    """A case of an op on a generator's state, which is read afterwards."""
    @op_case(name, np.int64([1, 2, 3]))
    def build(state):
        variable = raw.VarHandleOp(dtype=tf.int64, shape=[3], shared_name=name)
        with tf.control_dependencies([raw.AssignVariableOp(resource=variable, value=state)]):
            drawn = draw(tf.identity(variable), tf.constant(1, tf.int64))
        with tf.control_dependencies([drawn]):
            after = raw.ReadVariableOp(resource=variable, dtype=tf.int64)
        return {"state": after, **({} if isinstance(drawn, tf.Operation) else {"y": drawn})}


SHAPE = [2, 3]
generated("RngSkip", lambda r, a: raw.RngSkip(resource=r, algorithm=a, delta=tf.constant(7, tf.int64)))
generated("StatefulTruncatedNormal", lambda r, a: raw.StatefulTruncatedNormal(resource=r, algorithm=a, shape=SHAPE))
generated("StatefulUniformFullInt", lambda r, a: raw.StatefulUniformFullInt(resource=r, algorithm=a, shape=SHAPE, dtype=tf.int32))
generated("StatefulUniformInt", lambda r, a: raw.StatefulUniformInt(resource=r, algorithm=a, shape=SHAPE, minval=tf.constant(-2, tf.int64),
                                                                    maxval=tf.constant(50, tf.int64)))

op_case("SoftmaxCrossEntropyWithLogits__infinite", np.float32([[-np.inf, 1], [np.inf, 1], [3, 1]]), np.float32([[0, 1], [1, 0], [0.25, 0.75]]))(
    lambda x, labels: named("loss", "gradient")(raw.SoftmaxCrossEntropyWithLogits(features=x, labels=labels)))

# Ops of old graphs.
op_case("CheckNumericsV2", X)(lambda x: y(raw.CheckNumericsV2(tensor=x, message="bad")))
op_case("Softsign", 4 * X)(lambda x: y(raw.Softsign(features=x)))
op_case("BroadcastGradientArgs", np.int32([2, 1, 3]), np.int32([4, 1]))(lambda a, b: named("a", "b")(raw.BroadcastGradientArgs(s0=a, s1=b)))

# Element-wise corners.
op_case("TruncateDiv__f32", np.float32([7, -7, 7.5, 0, 1]), np.float32([2, 2, -2, 3, np.inf]))(lambda a, b: y(raw.TruncateDiv(x=a, y=b)))
op_case("Complex__empty", np.zeros((0, 1), np.float32), np.zeros((1, 3), np.float32))(lambda a, b: y(raw.Complex(real=a, imag=b)))
op_case("Ndtri__outside", np.float32([-1, 0, 0.25, 1, 2, np.nan]))(lambda x: y(raw.Ndtri(x=x)))
op_case("Erfinv__outside", np.float64([-2, -1, 0.25, 1, 2, np.nan]))(lambda x: y(raw.Erfinv(x=x)))
for op in ["Mul", "RealDiv"]:
    op_case(op + "__c64_infinite", np.complex64([complex(np.inf, 1), 1 + 2j, 0, 1e30 + 1e30j]), np.complex64([1 + 2j, 0, 1j, 1e30 + 1j]))(
        lambda a, b, op=op: y(getattr(raw, op)(x=a, y=b)))
op_case("Mean__c64_empty", np.zeros((0, 3), np.complex64))(lambda x: y(raw.Mean(input=x, axis=[0])))
op_case("CumulativeLogsumexp__nan", np.float32([1, np.inf, 2, np.nan, 3]))(lambda x: y(raw.CumulativeLogsumexp(x=x, axis=0)))
op_case("Round__i64", np.int64([1, -2, 7]))(lambda x: y(raw.Round(x=x)))
op_case("Round__i64_long", np.arange(-9, 30, dtype=np.int64))(lambda x: y(raw.Round(x=x)))
op_case("Round__i32", np.arange(-9, 30, dtype=np.int32))(lambda x: y(raw.Round(x=x)))
op_case("Log__f64_denormals", np.array([1e-310] * 6))(lambda x: y(raw.Log(x=x)))


# Ranges by channel.
WORDS = np.random.default_rng(8).integers(-2**30, 2**30, (2, 3, 4, 3)).astype(np.int32)
LOW, HIGH = np.float32([-1, -2, -3]), np.float32([1.5, 0.5, 6])
for suffix, words, most in [("", WORDS, 9.0), ("__clipped", WORDS, 1.0), ("__positive", np.abs(WORDS), 9.0)]:
    op_case("RequantizationRangePerChannel" + suffix, words, LOW, HIGH)(
        lambda x, low, high, most=most: named("low", "high")(raw.RequantizationRangePerChannel(input=tf.bitcast(x, tf.qint32), input_min=low, input_max=high, clip_value_max=most)))
for dtype in [tf.quint8, tf.qint8]:
    op_case(f"RequantizePerChannel__{dtype.name}", WORDS, LOW, HIGH)(
        lambda x, low, high, dtype=dtype: plain(raw.RequantizePerChannel(input=tf.bitcast(x, tf.qint32), input_min=low, input_max=high, requested_output_min=-0.5,
                                                                         requested_output_max=1.0, out_type=dtype)))
BYTES = np.random.default_rng(9).integers(0, 256, (2, 5, 6, 3)).astype(np.uint8)
for suffix, size, attrs in [("", (3, 4), {}), ("__up", (9, 11), {}), ("__corners", (9, 11), dict(align_corners=True)), ("__half", (9, 11), dict(half_pixel_centers=True)),
                            ("__same", (5, 6), dict(half_pixel_centers=True))]:
    op_case(f"QuantizedResizeBilinear{suffix}", BYTES)(
        lambda x, size=size, attrs=attrs: plain(raw.QuantizedResizeBilinear(images=tf.bitcast(x, tf.quint8), size=size, min=0.0, max=1.0, **attrs)))
op_case("QuantizedResizeBilinear__qint32", WORDS)(lambda x: plain(raw.QuantizedResizeBilinear(images=tf.bitcast(x, tf.qint32), size=(7, 3), min=0.0, max=1.0)))
op_case("QuantizedResizeBilinear__float", X[None, :, :, None])(lambda x: {"q": raw.QuantizedResizeBilinear(images=x, size=(7, 3), min=0.0, max=1.0)[0]})

op_case("NearestNeighbors", X, 2 * X[::-1])(lambda p, c: named("place", "distance")(raw.NearestNeighbors(points=p, centers=c, k=tf.constant(2, tf.int64))))
op_case("NearestNeighbors__few", X, X[:2])(lambda p, c: named("place", "distance")(raw.NearestNeighbors(points=p, centers=c, k=tf.constant(7, tf.int64))))
op_case("ApproxTopK", X)(lambda x: named("value", "place")(raw.ApproxTopK(input=x, k=3)))
op_case("MatrixInverse__half", np.float16([[4, 1], [2, 3]]), rtol=5e-3, atol=1e-3)(lambda x: y(raw.MatrixInverse(input=x)))
op_case("BatchMatrixSolve__c64", np.complex64([[4, 1j], [2, 3]]), np.complex64([[1], [2j]]))(lambda a, b: y(raw.MatrixSolve(matrix=a, rhs=b)))

op_case("ApproximateEqual", np.float32([1, 2, np.nan, np.inf]), np.float32([1.05, 2.2, np.nan, np.inf]))(lambda a, b: y(raw.ApproximateEqual(x=a, y=b, tolerance=0.1)))
op_case("Zeta__infinite", np.float64([2, np.inf, np.inf, 3]), np.float64([np.inf, 2, np.inf, 1]))(lambda a, b: y(raw.Zeta(x=a, q=b)))
op_case("Polygamma__infinite", np.float64([1, 2, 3]), np.float64([np.inf, np.inf, 4]))(lambda a, b: y(raw.Polygamma(a=a, x=b)))
op_case("Eig__real_order", np.float64([[3, 0, 1], [1, 1, 2], [-2, 1, 0]]))(lambda a: {"e": raw.Eig(input=a, Tout=tf.complex128, compute_v=False).e})


if __name__ == "__main__":
    SUITE.main(__doc__, "raw_math")
