#!/usr/bin/env python3
"""Writes testdata/ops/raw_half: half and bfloat16 where TensorFlow rounds between steps, to the last bit.

    make_half_cases.py [--out testdata/ops]
"""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np
import tensorflow as tf

from raw_suite import RawSuite

raw = tf.raw_ops
SUITE = RawSuite()


def numbers(*shape, low=-4, high=4, seed=5):
    return np.random.default_rng(seed).uniform(low, high, shape).astype(np.float32)


def narrow_case(name, *arrays):
    """A builder from tensors of the narrow type to one; its inputs and output are floats."""
    def add(build):
        for dtype in [tf.float16, tf.bfloat16]:
            SUITE.op_case(f"{name}_{dtype.name}" if "__" in name else f"{name}__{dtype.name}", *arrays, rtol=0, atol=0)(
                lambda *x, dtype=dtype: {"y": tf.cast(build(*[tf.cast(t, dtype) for t in x]), tf.float32)})
        return build
    return add


SPECIAL = np.float32([np.inf, -np.inf, np.nan, 0, -0.0, 12, -12, 90, -90, 70000, -70000, 1e-6])
X = np.concatenate([numbers(150), SPECIAL])
Y = np.concatenate([SPECIAL[::-1], numbers(150, seed=6)])
for name in ["Elu", "Selu", "Softsign"]:
    narrow_case(name, X)(lambda x, name=name: getattr(raw, name)(features=x))
narrow_case("Sigmoid", X)(lambda x: raw.Sigmoid(x=x))
for name in ["FloorDiv", "SquaredDifference", "TruncateDiv", "Xlog1py", "Xlogy"]:
    narrow_case(name, X, Y)(lambda x, y, name=name: getattr(raw, name)(x=x, y=y))
    narrow_case(name + "__column", numbers(7, 1), numbers(9, low=0.1))(lambda x, y, name=name: getattr(raw, name)(x=x, y=y))
narrow_case("Cumsum", numbers(3, 70))(lambda x: raw.Cumsum(x=x, axis=1))
narrow_case("Cumsum__exclusive", numbers(40, 3))(lambda x: raw.Cumsum(x=x, axis=0, exclusive=True, reverse=True))
narrow_case("Cumprod", numbers(3, 20, low=-1.5, high=1.5))(lambda x: raw.Cumprod(x=x, axis=1))
narrow_case("CumulativeLogsumexp", numbers(3, 70))(lambda x: raw.CumulativeLogsumexp(x=x, axis=1))
SUITE.op_case("AvgPool__float16", numbers(2, 7, 8, 3), rtol=0, atol=0)(
    lambda x: {"y": tf.cast(raw.AvgPool(value=tf.cast(x, tf.float16), ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding="SAME"), tf.float32)})

if __name__ == "__main__":
    SUITE.main(__doc__, "raw_half")
