#!/usr/bin/env python3
"""Weight exports beside `cp` of the same bytes: wall time, processor time, peak memory; the best of several turns.

  exports.py SMCLI CHECKPOINT_PREFIX [FOLDER] [--turns N]

CHECKPOINT_PREFIX has its bytes in the page cache after the first turn; FOLDER (default: beside it) takes the outputs, which
are removed again. A target passes at 0.7 of cp's speed.
"""
import argparse
import glob
import os
import shutil
import tempfile
import time


def measure(argv):
    begin = time.perf_counter()
    _, status, usage = os.wait4(os.posix_spawnp(argv[0], argv, os.environ), 0)
    wall = time.perf_counter() - begin
    if status:
        raise SystemExit(f"{argv}: status {status}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("smcli")
    parser.add_argument("prefix")
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--turns", type=int, default=7)
    args = parser.parse_args()
    data = sorted(glob.glob(args.prefix + ".data-*"))
    size = sum(os.path.getsize(f) for f in data)
    best = {}
    for _ in range(args.turns):
        for name in ("cp", "npz", "safetensors", "checkpoint"):
            out = tempfile.mkdtemp(dir=args.folder or os.path.dirname(args.prefix) or ".")
            convert = [args.smcli, "convert", args.prefix, "--to", name, "-o", os.path.join(out, "x")]
            figures = measure(["cp", *data, out] if name == "cp" else convert)
            best[name] = tuple(map(min, best.get(name, figures), figures))
            shutil.rmtree(out)
    print(f"{size / 1e6:.0f} MB   wall s  GB/s  of cp   cpu s  peak MB")
    for name, (wall, cpu, peak) in best.items():
        print(f"{name:12} {wall:5.2f} {size / wall / 1e9:5.2f} {best['cp'][0] / wall:6.2f}  {cpu:6.2f}  {peak / 1024:7.1f}")


if __name__ == "__main__":
    main()
