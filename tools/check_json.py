#!/usr/bin/env python3
"""Holds real JSON output against docs/reference/json.md.

  check_json.py SMCLI

Runs every line of tests/cli/json_commands.txt with --format json in the root of the source tree. Every key of the output
must be documented, its value of the documented type; every documented key must occur in the output of some line, unless a
line "# not run: KEY" of that file excuses it."""
import json
import os
import re
import shlex
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COMMANDS = os.path.join(ROOT, "tests/cli/json_commands.txt")
ROW = re.compile(r"\| `([^`]+)` \| (.*?(?<!\\)) \| .*\|$")
NUMBERS = ("NaN", "Infinity", "-Infinity")


def read_reference(text):
    """{schema: {part: {key: type}}}; the outermost object is the part "report"."""
    schemas, part_of, part = {}, {}, None
    for line in text.splitlines():
        if m := re.match(r"## (smcli\.[^ ,]+)(, of )?", line):
            part_of = {**part_of, "report": {}} if m[2] else {"report": {}}
            schemas[m[1]], part = part_of, part_of["report"]
        elif m := re.match(r"### \w+\.(\w+)", line):
            part = part_of.setdefault(m[1], {})
        elif (m := ROW.match(line)) and part is not None:
            part[m[1]] = m[2].replace("\\|", "|")
    return schemas


class Check:
    """Of one schema. `seen` holds (id of a part, key) of all schemas, since those of one command share parts."""

    def __init__(self, schema, parts, seen):
        self.schema, self.parts, self.seen, self.faults = schema, parts, seen, set()

    def value(self, value, kind, where):
        """Is the value of that type? Looks into objects."""
        if kind.endswith("?"):
            return value is None or self.value(value, kind[:-1], where)
        if "|" in kind:  # of lists of objects alone
            kinds = [k.removesuffix("[]") for k in kind.split("|")]
            return isinstance(value, list) and all([self.object(v, kinds, where) for v in value])
        if kind.endswith("[]"):
            return isinstance(value, list) and all([self.value(v, kind[:-2], where) for v in value])
        if kind == "any":
            return True
        if kind in ("integer", "number", "boolean"):
            if isinstance(value, bool) or kind == "boolean":
                return isinstance(value, bool) and kind == "boolean"
            return isinstance(value, int) or kind == "number" and (isinstance(value, float) or value in NUMBERS)
        if kind == "string":
            return isinstance(value, str) or isinstance(value, dict) and list(value) == ["b64"]
        if not isinstance(value, dict):
            return False
        return kind == "object" or self.object(value, [kind], where)

    def object(self, value, kinds, where):
        known = {}
        for kind in kinds:
            known.update(self.parts.get(kind, {}))
        if not set(value) <= set(known) | {"schema"}:
            for key in sorted(set(value) - set(known) - {"schema"}):
                self.faults.add(f"{self.schema}: {where}{key} is not documented")
            return False
        for key, item in value.items():
            if key == "schema":
                continue
            self.seen.update((id(self.parts[kind]), key) for kind in kinds if key in self.parts.get(kind, {}))
            if not self.value(item, known[key], f"{where}{key}."):
                self.faults.add(f"{self.schema}: {where}{key} is no {known[key]}: {str(item)[:80]}")
        return True


def main():
    smcli = os.path.abspath(sys.argv[1])
    os.chdir(ROOT)
    run = lambda *args: subprocess.run([smcli, *args], capture_output=True, text=True, timeout=120)
    seen = set()
    checks = {s: Check(s, parts, seen) for s, parts in read_reference(run("help", "--reference", "json").stdout).items()}
    excused, faults, lines = set(), [], 0
    with open(COMMANDS, encoding="utf-8") as f:
        for line in map(str.strip, f):
            if m := re.match(r"# not run: (\S+)", line):
                excused.add(m[1])
            if not line or line.startswith("#"):
                continue
            lines += 1
            result = run(*shlex.split(line), "--format", "json", "-q")
            try:
                answer = json.loads(result.stdout)
                check = checks[answer["schema"]]
            except (ValueError, KeyError) as e:
                faults.append(f"{line}: status {result.returncode}, no documented JSON ({e}) {result.stderr.strip()}")
                continue
            check.object(answer, ["report"], "")
    for schema, check in checks.items():
        faults += sorted(check.faults)
        for part, keys in check.parts.items():
            names = [f"{schema[len('smcli.'):].split('/')[0]}.{part}.{key}" for key in keys if (id(keys), key) not in seen]
            faults += [f"no line gives {name}" for name in names if name not in excused]
            seen.update((id(keys), key) for key in keys)  # said once
    for fault in faults:
        print(fault)
    print(f"{lines} commands, {len(checks)} schemas, {len(faults)} faults")
    sys.exit(bool(faults))


main()
