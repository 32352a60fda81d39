#!/usr/bin/env python3
"""Writes testdata/ops/raw_image: gradients of crops and resizes, called by their own names.

    make_image_cases.py [--out testdata/ops]
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


BOXES = np.float32([[0, 0, 1, 1], [0.1, 0.2, 0.7, 0.9], [0.8, 0.9, 0.1, -0.2], [-0.3, 0.4, 0.5, 1.4]])
OWNERS = np.int32([0, 1, 0, 1])
for suffix, crop in [("", (3, 4)), ("__point", (1, 1)), ("__line", (1, 5)), ("__fine", (7, 8))]:
    op_case(f"CropAndResizeGradBoxes{suffix}", numbers(4, *crop, 2), numbers(2, 5, 6, 2, seed=6), BOXES, OWNERS)(
        lambda g, x, b, o: {"y": raw.CropAndResizeGradBoxes(grads=g, image=x, boxes=b, box_ind=o)})
    for method in ["bilinear", "nearest"]:
        op_case(f"CropAndResizeGradImage{suffix}_{method}" if suffix else f"CropAndResizeGradImage__{method}", numbers(4, *crop, 2), BOXES, OWNERS)(
            lambda g, b, o, method=method: {"y": raw.CropAndResizeGradImage(grads=g, boxes=b, box_ind=o, image_size=[2, 5, 6, 2], T=tf.float32, method=method)})
op_case("CropAndResizeGradImage__double", numbers(4, 3, 4, 1), BOXES, OWNERS)(
    lambda g, b, o: {"y": raw.CropAndResizeGradImage(grads=g, boxes=b, box_ind=o, image_size=[2, 5, 6, 1], T=tf.float64)})
op_case("CropAndResizeGradImage__half", numbers(4, 3, 4, 1), BOXES, OWNERS)(
    lambda g, b, o: {"y": raw.CropAndResizeGradImage(grads=g, boxes=b, box_ind=o, image_size=[2, 5, 6, 1], T=tf.float16)})
op_case("CropAndResizeGradBoxes__bytes", numbers(4, 3, 4, 1), np.arange(60, dtype=np.uint8).reshape(2, 5, 6, 1), BOXES, OWNERS)(
    lambda g, x, b, o: {"y": raw.CropAndResizeGradBoxes(grads=g, image=x, boxes=b, box_ind=o)})
op_case("CropAndResizeGradImage__owner", numbers(4, 3, 4, 2), BOXES, OWNERS + 1, expect="error")(
    lambda g, b, o: {"y": raw.CropAndResizeGradImage(grads=g, boxes=b, box_ind=o, image_size=[2, 5, 6, 2], T=tf.float32)})

for suffix, size, attrs in [("", (3, 4), {}), ("__up", (9, 7), {}), ("__corners", (3, 4), dict(align_corners=True)), ("__half_pixel", (3, 4), dict(half_pixel_centers=True))]:
    op_case(f"ResizeNearestNeighborGrad{suffix}", numbers(2, 5, 6, 3))(lambda g, size=size, attrs=attrs: {"y": raw.ResizeNearestNeighborGrad(grads=g, size=size, **attrs)})
op_case("ResizeNearestNeighborGrad__ints", np.arange(70, dtype=np.int32).reshape(1, 7, 10, 1))(lambda g: {"y": raw.ResizeNearestNeighborGrad(grads=g, size=[3, 4])})
op_case("ResizeNearestNeighborGrad__wrong", numbers(2, 5, 6, 3), expect="error")(lambda g: {"y": raw.ResizeNearestNeighborGrad(grads=g, size=[0, 4])})
for kernel in ["lanczos3", "gaussian", "box", "triangle", "keyscubic", "mitchellcubic"]:
    for antialias in [True, False]:
        op_case(f"ScaleAndTranslateGrad__{kernel}{'' if antialias else '_sharp'}", numbers(2, 5, 6, 2), numbers(2, 8, 7, 2), np.float32([0.7, 1.3]), np.float32([0.4, -1]))(
            lambda g, x, s, t, kernel=kernel, antialias=antialias: {"y": raw.ScaleAndTranslateGrad(grads=g, original_image=x, scale=s, translation=t, kernel_type=kernel, antialias=antialias)})

if __name__ == "__main__":
    SUITE.main(__doc__, "raw_image")
