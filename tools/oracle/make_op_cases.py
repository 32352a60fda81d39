#!/usr/bin/env python3
"""Writes testdata/ops: for every op a few golden cases.

    make_op_cases.py --from CONFORMANCE [--out testdata/ops]

CONFORMANCE is a folder of suites (ops/FAMILY/model, cases.json, cases.npz) that TensorFlow answered. For each op the cheapest case is
taken, one with other input dtypes or ranks, and one that TensorFlow refuses; each family's model is cut down to their signatures.
Then every case is run once more by the TensorFlow at hand, on the model as cut, and must give the recorded answer.
Ops that have no small case there are made by make_models.py.
"""
import argparse
import collections
import json
import os
import shutil
import sys
import zipfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np

from cases import npz_bytes, write_json
from prune import prune
from replay import replay

# Compositions of many ops (models/ has their like), or large.
SKIPPED = ("keras", "ragged_api", "image_api", "signal_api", "linalg_api", "tables")
KEPT = ("tables_v1", "tables_v1_files")


def families(root):
    for family in sorted(os.listdir(root)):
        if family.startswith(SKIPPED) and family not in KEPT:
            continue
        with open(os.path.join(root, family, "cases.json")) as f:
            yield family, json.load(f)


def costs(path):
    """Bytes of a case's arrays as stored."""
    total = collections.Counter()
    with zipfile.ZipFile(path) as z:
        for info in z.infolist():
            total[info.filename.split("/")[0]] += info.compress_size + 200
    return total


def signature_of(case):
    return tuple((k, v["dtype"], len(v["shape"])) for k, v in sorted(case["inputs"].items()))


def select(candidates):
    """candidates: [(cost, family, case)] of one op"""
    candidates = sorted(candidates, key=lambda c: (c[0], c[1], c[2]["name"]))
    good = [c for c in candidates if c[2]["expect"] == "ok"]
    chosen = good[:1]
    dtypes = {d for c in chosen for _, d, _ in signature_of(c[2])}
    other = [c for c in good[1:] if not {d for _, d, _ in signature_of(c[2])} & dtypes]
    other = other or [c for c in good[1:] if signature_of(c[2]) != signature_of(good[0][2])] or good[1:]
    chosen += other[:1]
    chosen += [c for c in candidates if c[2]["expect"] == "error"][:1]
    return chosen


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--from", dest="source", required=True, metavar="DIR")
    p.add_argument("--out", default=os.path.join(here, "..", "..", "testdata", "ops"))
    p.add_argument("--only", help="one family")
    args = p.parse_args()
    root = os.path.join(args.source, "ops")
    by_op = collections.defaultdict(list)
    for family, cases in families(root):
        size = costs(os.path.join(root, family, "cases.npz"))
        for case in cases:
            # Each op that a case needs adds a node or a function to the model.
            by_op[case["op"]].append((size[case["name"]] + 100 * len(case["ops"]), family, case))
    chosen = collections.defaultdict(set)
    for candidates in by_op.values():
        for _, family, case in select(candidates):
            chosen[family].add(case["name"])
    bad = 0
    for family, cases in families(root):
        if family not in chosen or args.only and family != args.only:
            continue
        target = os.path.join(args.out, family)
        shutil.rmtree(target, ignore_errors=True)
        prune(os.path.join(root, family, "model"), os.path.join(target, "model"), chosen[family])
        kept = [c for c in cases if c["name"] in chosen[family]]
        write_json(os.path.join(target, "cases.json"), kept)
        with np.load(os.path.join(root, family, "cases.npz")) as recorded:
            arrays = {k: recorded[k] for k in recorded.files if k.split("/")[0] in chosen[family]}
        with open(os.path.join(target, "cases.npz"), "wb") as f:
            f.write(npz_bytes(arrays))
        failures = replay(os.path.join(target, "model"), kept, arrays)
        bad += len(failures)
        print(f"{family}: {len(kept)} cases" + "".join("\n  " + f for f in failures), flush=True)
    print(f"{sum(map(len, chosen.values()))} cases, {len(by_op)} ops, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
