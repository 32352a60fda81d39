#!/usr/bin/env python3
"""Runs recorded cases of TensorFlow through smcli and compares the outputs.

    cases.py SMCLI FOLDER... [--isa LEVEL]... [--jobs N] [--only TEXT]

FOLDER holds suites: SUITE/{model,cases.json,cases.npz} (testdata/ops), or NAME/, NAME.json, NAME.npz (testdata/models); the
schema of a case is in testdata/README.md. With --isa the cases run once per CPU level (SMCLI_ISA). A case whose ops the
executor does not claim to have (exit status 4) is counted as skipped. Cases named in known_differences.txt fail today, each
with its reason there; one that passes must be taken off the list, so the list only shrinks. The last line says how many
passed and failed.
"""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

import numpy as np


def suites(folder):
    """(name, model, cases, arrays) of every suite in a folder."""
    for entry in sorted(os.listdir(folder)):
        path = os.path.join(folder, entry)
        if os.path.isdir(os.path.join(path, "model")):
            yield entry, os.path.join(path, "model"), os.path.join(path, "cases.json"), os.path.join(path, "cases.npz")
        elif entry.endswith(".json") and os.path.isdir(path[:-5]):
            yield entry[:-5], path[:-5], path, path[:-5] + ".npz"


def command(smcli, model, case, npz, out):
    argv = [smcli, "run", "--dir", model, "--outdir", out, "--overwrite"]
    argv += ["--tag_set", ",".join(case.get("tag_set", ["serve"]))]
    if case.get("function"):
        argv += ["--function", case["function"]]
    else:
        argv += ["--signature_def", case.get("signature_def", case["name"])]
    for key in case["inputs"]:
        argv += ["--inputs", f"{key}={npz}[{case['name']}/in/{key}]"]
    for key, value in case.get("python", {}).items():
        argv += ["--input_exprs", f"{key}={value!r}"]
    return argv


def difference(got, want, spec, case):
    """None when an output is as recorded, else what is wrong with it."""
    if list(got.shape) != spec["shape"]:
        return f"shape {list(got.shape)}, not {spec['shape']}"
    if spec["dtype"] != "string" and str(got.dtype) != spec["dtype"] and spec["dtype"] != "bfloat16":
        return f"dtype {got.dtype}, not {spec['dtype']}"
    if case.get("random") or spec.get("random"):
        return None
    if spec.get("sample"):
        got = got.ravel()[:: spec["stride"]]
    if want.dtype.kind in "fc":
        rtol, atol = spec.get("rtol", case["rtol"]), spec.get("atol", case["atol"])
        same = np.isclose(got, want, rtol=rtol, atol=atol, equal_nan=True)
    else:
        same = got == want
    return None if np.all(same) else f"{np.size(same) - np.count_nonzero(same)} of {np.size(same)} elements differ"


def judge(run, case, arrays, out):
    """'passed', 'skipped', or the reason of a failure."""
    said = run.stderr.decode("utf-8", "replace").strip().split("\n")[-1][:200]
    if run.returncode < 0 or run.returncode >= 70:
        return f"crash, exit status {run.returncode}: {said}"
    if run.returncode == 4:
        return "skipped"
    if case["expect"] == "error":
        refused = run.returncode != 0 and said
        return "passed" if refused or case.get("lenient") else "accepted, or refused without a word"
    if run.returncode != 0:
        return f"exit status {run.returncode}: {said}"
    for key, spec in case["outputs"].items():
        path = os.path.join(out, *(key + ".npy").split("/"))
        if not os.path.exists(path):
            return f"output {key}: no file"
        wrong = difference(np.load(path), arrays[f"{case['name']}/out/{key}"], spec, case)
        if wrong:
            return f"output {key}: {wrong}"
    return "passed"


def run_case(smcli, suite, case, arrays, isa):
    name, model, _, npz = suite
    environment = dict(os.environ, SMCLI_ISA=isa) if isa else None
    with tempfile.TemporaryDirectory(prefix="smcli-golden-") as out:
        argv = command(smcli, model, case, npz, out)
        try:
            run = subprocess.run(argv, capture_output=True, stdin=subprocess.DEVNULL, timeout=60, env=environment)
        except subprocess.TimeoutExpired:
            return "no answer within 60 s"
        return judge(run, case, arrays, out)


def known_differences():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "known_differences.txt")
    with open(path) as f:
        return {line.split()[0] for line in f if line.strip() and not line.startswith("#")}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("smcli")
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--isa", action="append", default=[])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="")
    args = parser.parse_args()

    counts = {"passed": 0, "failed": 0, "skipped": 0}
    known, differing, seen = known_differences(), 0, set()
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for folder in args.folders:
            for suite in suites(folder):
                with open(suite[2]) as f:
                    cases = [c for c in json.load(f) if args.only in f"{suite[0]}/{c['name']}"]
                with np.load(suite[3]) as z:
                    arrays = {k: z[k] for k in z.files}
                for isa in args.isa or [""]:
                    results = list(pool.map(lambda c: run_case(args.smcli, suite, c, arrays, isa), cases))
                    for case, result in zip(cases, results):
                        verdict = result if result in counts else "failed"
                        name = f"{suite[0]}/{case['name']}"
                        if name in known:
                            differing += verdict == "failed"
                            if verdict != "passed" or name in seen:
                                continue
                            seen.add(name)
                            result, verdict = "passes now: take it off known_differences.txt", "failed"
                        counts[verdict] += 1
                        if verdict == "failed":
                            print(f"{suite[0]}/{case['name']}{' on ' + isa if isa else ''}: {result}")
    if differing:
        print(f"{differing} known differences")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
