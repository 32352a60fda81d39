#!/usr/bin/env python3
"""Writes testdata/ops/raw_sampler: candidate samplers and random numbers by old ops, all with seeds.

    make_sampler_cases.py [--out testdata/ops]
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


def named(answer):
    return dict(zip(["sampled", "true_count", "sampled_count"], answer))


TRUE = np.int64([[0, 3], [7, 1]])
SETTINGS = [("", dict(num_sampled=5, unique=True, seed=3, seed2=8)), ("__repeated", dict(num_sampled=12, unique=False, seed=1, seed2=0))]
for name in ["LogUniform", "Uniform", "LearnedUnigram", "ThreadUnsafeUnigram"]:
    op = getattr(raw, name + "CandidateSampler")
    for suffix, settings in SETTINGS:
        for size in [8, 10, 1000]:
            op_case(f"{name}CandidateSampler{suffix or '__unique'}_{size}", TRUE)(
                lambda t, op=op, settings=settings, size=size: named(op(true_classes=t, num_true=2, range_max=size, **settings)))
    op_case(f"{name}CandidateSampler__too_small", TRUE, expect="error")(
        lambda t, op=op: named(op(true_classes=t, num_true=2, range_max=8, num_sampled=9, unique=True, seed=1)))
    op_case(f"{name}CandidateSampler__beyond", TRUE, expect="error")(
        lambda t, op=op: named(op(true_classes=t, num_true=2, range_max=7, num_sampled=3, unique=True, seed=1)))

for suffix, settings in SETTINGS:
    for size, more in [(10, {}), (8, dict(distortion=0.75, num_reserved_ids=2)), (9, dict(num_shards=2, shard=0))]:
        unigrams = [1.0, 5.0, 0.5, 2.0, 8.0, 1.0, 3.0, 0.25, 9.0, 4.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0][:{10: 10, 8: 6, 9: 18}[size]]
        op_case(f"FixedUnigramCandidateSampler{suffix or '__unique'}_{size}", TRUE)(
            lambda t, settings=settings, size=size, more=more, unigrams=unigrams: named(
                raw.FixedUnigramCandidateSampler(true_classes=t, num_true=2, range_max=size, unigrams=unigrams, **more, **settings)))
op_case("FixedUnigramCandidateSampler__size", TRUE, expect="error")(
    lambda t: named(raw.FixedUnigramCandidateSampler(true_classes=t, num_true=2, range_max=9, unigrams=[1.0, 2.0], num_sampled=3, unique=False, seed=1)))
op_case("AllCandidateSampler", TRUE)(lambda t: named(raw.AllCandidateSampler(true_classes=t, num_true=2, num_sampled=9, unique=True, seed=1)))
op_case("ComputeAccidentalHits", TRUE, np.int64([3, 9, 1, 3]))(
    lambda t, s: dict(zip(["indices", "ids", "weights"], raw.ComputeAccidentalHits(true_classes=t, sampled_candidates=s, num_true=2))))
op_case("ComputeAccidentalHits__none", TRUE, np.int64([30]))(
    lambda t, s: dict(zip(["indices", "ids", "weights"], raw.ComputeAccidentalHits(true_classes=t, sampled_candidates=s, num_true=2))))

def truncated(name, *parameters, **extra):
    op_case(name, *[np.float32(p) for p in parameters], **extra)(
        lambda m, s, low, high: {"y": raw.ParameterizedTruncatedNormal(shape=[3, 2, 4], means=m, stdevs=s, minvals=low, maxvals=high, seed=5, seed2=6)})


truncated("ParameterizedTruncatedNormal", 0, 1, -2, 2)
truncated("ParameterizedTruncatedNormal__each", [0, 5, -1], [1, 0.5, 2], [3, 4, -np.inf], [3.5, np.inf, -2])
truncated("ParameterizedTruncatedNormal__wrong", 0.5, -2, -1, 9, expect="error")


if __name__ == "__main__":
    SUITE.main(__doc__, "raw_sampler")
