#!/usr/bin/env python3
"""Whole processes, each against a peer in the same run.

  processes.py BUILD [--runs N] [--models FOLDER]

BUILD is a build folder with SMCLI_BUILD_BENCH. Each pair runs in turn, A B A B, after one run that does not count. Printed
are medians of wall time, processor time and peak memory, and the median of the ratios pair by pair, which holds on a
machine whose speed drifts. Nothing is judged here: the goals stand beside."""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def measure(tool, command):
    """(wall s, processor s, peak MB) of one run."""
    answer = subprocess.run([tool, *command], check=True, capture_output=True, text=True)
    wall, processor, kilobytes, status = answer.stdout.split()
    if status != "0":
        sys.exit(f"{' '.join(command)}: status {status} {answer.stderr}")
    return float(wall), float(processor), int(kilobytes) / 1024


def pair(tool, name, goal, command, peer, runs):
    measure(tool, command), measure(tool, peer)
    both = [(measure(tool, command), measure(tool, peer)) for _ in range(runs)]
    mine, theirs = zip(*both)
    median = lambda rows, i: statistics.median(row[i] for row in rows)
    ratio = lambda i: statistics.median(a[i] / max(b[i], 1e-6) for a, b in both)
    extra = statistics.median(a[0] - b[0] for a, b in both)
    print(f"{name}\n  goal: {goal}")
    for label, rows in (("smcli", mine), ("peer", theirs)):
        print(f"  {label:5}  wall {median(rows, 0) * 1e3:8.2f} ms  processor {median(rows, 1) * 1e3:8.2f} ms  memory {median(rows, 2):7.1f} MB")
    print(f"  ratio  wall {ratio(0):8.2f}     processor {ratio(1):8.2f}     wall beyond the peer {extra * 1e3:.2f} ms", flush=True)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("build")
    a.add_argument("--runs", type=int, default=21)
    a.add_argument("--models", help="where the large models are, or are to be written (1.6 GB)")
    a = a.parse_args()
    smcli = os.path.join(a.build, "smcli")
    tool = lambda name: os.path.join(a.build, "tests/bench", name)
    with tempfile.TemporaryDirectory() as scratch:
        models = a.models or scratch
        if not os.path.exists(os.path.join(models, "big_checkpoint/variables.index")):
            subprocess.run([tool("smcli_bench_models"), models], check=True)
        at = lambda name: os.path.join(models, name)
        meter, empty = tool("smcli_measure"), [tool("smcli_empty_program")]
        pair(meter, "smcli --version", "no slower than an empty dynamic C++ program", [smcli, "--version"], empty, a.runs)
        tiny = os.path.join(ROOT, "testdata/models/half_plus_two")
        pair(meter, "show, a tiny model", "2 ms beyond that program", [smcli, "show", tiny], empty, a.runs)
        pair(meter, "show, a graph of 500 MB", "at most 5 ms and 10 MB", [smcli, "show", at("big_graph")], empty, a.runs)
        variables = at("many_variables/variables")
        pair(meter, "show --variables, 20,000 of them", "at most 15 ms", [smcli, "show", variables, "--variables"], empty, a.runs)
        data = at("big_checkpoint/variables.data-00000-of-00001")
        pair(meter, "every checksum of 1 GB", "at least 55% of the speed of reading it: a ratio of at most 1.82",
             [tool("smcli_verify_checkpoint"), at("big_checkpoint/variables")], [tool("smcli_read_bytes"), data], max(3, a.runs // 4))


main()
