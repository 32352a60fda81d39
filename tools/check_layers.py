#!/usr/bin/env python3
"""Every #include of src/ against the floors of docs/design/architecture.md: a folder includes only folders beneath it, and
each third-party library stays behind its fence. Prints each trespass; the exit status is 1 if there is one."""
import os
import re
import sys

BASE = ["base"]
LOW = ["base", "tensor"]
MAY_INCLUDE = {
    "base": [],
    "tensor": BASE,
    "table": BASE,
    "report": BASE,
    "loops": [],
    "formats": LOW,
    "checkpoint": LOW + ["table"],
    "model": LOW,
    "ops": LOW + ["loops", "model"],
    "exec": LOW + ["checkpoint", "model", "ops"],
    "transform": LOW + ["checkpoint", "model", "ops", "exec"],
    "inspect": LOW + ["loops", "table", "report", "formats", "checkpoint", "model", "ops", "exec", "transform"],
    "check": LOW + ["table", "report", "formats", "checkpoint", "model", "ops", "exec", "transform"],
    "diff": LOW + ["loops", "table", "report", "formats", "checkpoint", "model", "ops", "exec", "transform"],
    "scan": LOW + ["report", "model"],
    "convert": LOW + ["table", "report", "formats", "checkpoint", "model", "ops", "exec", "transform"],
}
MAY_INCLUDE["cli"] = list(MAY_INCLUDE)

# Prefix of an #include -> the files that may have it, as regular expressions of paths below src/.
FENCES = {
    "CLI/": r"cli/parse\.cc",
    "Eigen/": r"loops/.*",
    "unsupported/Eigen/": r"loops/.*",
    "nlohmann/": r"base/json\.cc",
    "snappy": r"table/.*\.cc",
    "zlib.h": r"(formats|ops)/.*\.cc",
    "brotli/": r"model/.*\.cc",
    "farmhash": r"base/fingerprint\.cc",
    "re2/": r"ops/.*\.cc",
    "unicode/": r"ops/.*\.cc",
    "jpeglib": r"ops/.*\.cc",
    "png.h": r"ops/.*\.cc",
    "gif_lib": r"ops/.*\.cc",
    "yaml-cpp/": r"diff/.*\.cc",
    "google/protobuf/": r"(model|checkpoint|tensor|transform|convert)/.*\.cc",
    "catch2/": r"(?!)",
}
PROTO = r"(model|checkpoint|tensor|transform|convert|inspect|diff|check|exec|ops|cli)/.*\.cc"
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def trespasses(path, text):
    floor = path.split("/")[0]
    for bracket, name in INCLUDE.findall(text):
        if name.endswith(".pb.h"):
            if not re.fullmatch(PROTO, path):
                yield f"{path}: includes {name}; only .cc files above table/ and report/ may"
            continue
        for prefix, allowed in FENCES.items():
            if name.startswith(prefix) and not re.fullmatch(allowed, path):
                yield f"{path}: includes {name}, which belongs to {allowed}"
        if bracket == '"' and "/" in name:
            other = name.split("/")[0]
            if other != floor and other not in MAY_INCLUDE.get(floor, []):
                yield f"{path}: {floor} may not include {other} ({name})"


def main():
    src = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "src")
    found = files = 0
    for folder, _, names in sorted(os.walk(src)):
        for name in sorted(names):
            if not name.endswith((".h", ".cc", ".def")):
                continue
            path = os.path.join(folder, name)
            files += 1
            with open(path, encoding="utf-8") as f:
                for message in trespasses(os.path.relpath(path, src), f.read()):
                    print(message)
                    found += 1
    print(f"{files} files, {found} trespasses")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
