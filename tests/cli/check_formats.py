#!/usr/bin/env python3
"""Holds the formats of code review against what their readers ask for.

  check_formats.py SMCLI

SARIF 2.1.0 (OASIS, the parts of its schema that smcli writes), JUnit XML (the attributes and counts that CI services read),
GitLab's code quality report, GitHub's workflow commands, and the HTML report: well-formed, and nothing loaded from
elsewhere."""
import html.parser
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DIFF = "testdata/diff/"
FINDINGS = [
    ["diff", DIFF + "SIGNATURE_NO_DELETE/old", DIFF + "SIGNATURE_NO_DELETE/new"],
    ["diff", DIFF + "TAG_SET_NO_DELETE/old", DIFF + "TAG_SET_NO_DELETE/new", "--breaking", "LOAD"],
    ["diff", DIFF + "behaviour/old", DIFF + "behaviour/new", "--breaking", "all"],
    ["scan", "testdata/scan/hidden"],
    ["scan", "testdata/models/half_plus_two"],
    ["check", "testdata/models/half_plus_two"],
    ["check", "testdata/scan/hidden"],
]
PAGES = [FINDINGS[0], FINDINGS[2] + ["--behaviour", "--random", "--bisect"], ["diff", "testdata/models/keras_dense", "testdata/models/lstm_text"]]

TEXT = {"type": str}
MESSAGE = {"required": {"text": TEXT}, "optional": {}}
LEVEL = {"type": str, "enum": ("none", "note", "warning", "error")}
ARTIFACT = {"required": {"uri": TEXT}, "optional": {"uriBaseId": TEXT, "index": {"type": int}}}
REGION = {"required": {}, "optional": {"startLine": {"type": int}, "startColumn": {"type": int}, "byteOffset": {"type": int}}}
RULE = {
    "required": {"id": TEXT},
    "optional": {"name": TEXT, "shortDescription": MESSAGE, "fullDescription": MESSAGE, "help": MESSAGE, "helpUri": TEXT,
                 "defaultConfiguration": {"required": {}, "optional": {"level": LEVEL}}, "properties": {"type": dict}},
}
RESULT = {
    "required": {"message": MESSAGE},
    "optional": {
        "ruleId": TEXT, "ruleIndex": {"type": int}, "level": LEVEL, "partialFingerprints": {"type": dict}, "properties": {"type": dict},
        "locations": {"items": {"required": {}, "optional": {
            "physicalLocation": {"required": {"artifactLocation": ARTIFACT}, "optional": {"region": REGION}},
            "logicalLocations": {"items": {"required": {}, "optional": {"name": TEXT, "fullyQualifiedName": TEXT, "kind": TEXT}}},
        }}},
    },
}
SARIF = {
    "required": {
        "version": {"type": str, "enum": ("2.1.0",)},
        "runs": {"items": {
            "required": {"tool": {"required": {"driver": {"required": {"name": TEXT}, "optional": {
                "version": TEXT, "semanticVersion": TEXT, "informationUri": TEXT, "rules": {"items": RULE}}}}, "optional": {}}},
            "optional": {"results": {"items": RESULT}, "columnKind": {"type": str, "enum": ("utf16CodeUnits", "unicodeCodePoints")}},
        }},
    },
    "optional": {"$schema": TEXT},
}


def faults_of(value, schema, where):
    """What the schema forbids: unknown keys, absent keys, other types."""
    if "type" in schema:
        if not isinstance(value, schema["type"]) or isinstance(value, bool):
            yield f"{where}: {value!r} is no {schema['type'].__name__}"
        elif "enum" in schema and value not in schema["enum"]:
            yield f"{where}: {value!r}"
    elif "items" in schema:
        if not isinstance(value, list):
            yield f"{where} is no list"
            return
        for i, item in enumerate(value):
            yield from faults_of(item, schema["items"], f"{where}[{i}]")
    elif not isinstance(value, dict):
        yield f"{where} is no object"
    else:
        members = {**schema["required"], **schema["optional"]}
        for key in schema["required"]:
            if key not in value:
                yield f"{where} has no {key}"
        for key, member in value.items():
            if key not in members:
                yield f"{where} has the unknown key {key}"
            else:
                yield from faults_of(member, members[key], f"{where}.{key}")


def sarif(text):
    report = json.loads(text)
    yield from faults_of(report, SARIF, "sarif")
    for run in report["runs"]:
        rules = run["tool"]["driver"].get("rules", [])
        ids = [rule["id"] for rule in rules]
        if len(set(ids)) != len(ids):
            yield "two rules have one id"
        for result in run["results"]:
            if rules[result["ruleIndex"]]["id"] != result["ruleId"]:
                yield f"ruleIndex of {result['ruleId']}"
            if not result.get("locations"):
                yield f"a result without a location: {result['ruleId']}"


def junit(text):
    root = ElementTree.fromstring(text)
    suites = list(root) if root.tag == "testsuites" else [root]
    if not suites:
        yield "no test suite"
    for suite in suites:
        if suite.tag != "testsuite" or "name" not in suite.attrib:
            yield f"<{suite.tag}> without a name"
        cases = suite.findall("testcase")
        failures = [case for case in cases if case.find("failure") is not None]
        if int(suite.get("tests", -1)) != len(cases) or int(suite.get("failures", -1)) != len(failures):
            yield f"{suite.get('name')}: {suite.get('tests')} tests, {suite.get('failures')} failures, but {len(cases)}, {len(failures)}"
        for case in cases:
            if not case.get("name") or not case.get("classname"):
                yield f"a test case without name or class: {case.attrib}"
        for case in failures:
            if not case.find("failure").get("message"):
                yield "a failure without a message"


def gitlab(text):
    fingerprints = []
    for entry in json.loads(text):
        for key in ("description", "check_name", "fingerprint", "severity"):
            if not isinstance(entry.get(key), str) or not entry[key]:
                yield f"{key} of {entry}"
        if entry["severity"] not in ("info", "minor", "major", "critical", "blocker"):
            yield f"severity {entry['severity']}"
        if not entry["location"]["path"] or entry["location"]["lines"]["begin"] < 1:
            yield f"location {entry['location']}"
        fingerprints.append(entry["fingerprint"])
    if len(set(fingerprints)) != len(fingerprints):
        yield "two findings have one fingerprint"


def github(text):
    for line in text.splitlines():
        if not re.fullmatch(r"::(error|warning|notice)( \w+=[^,:]*(,\w+=[^,:]*)*)?::.+", line):
            yield line


class Page(html.parser.HTMLParser):
    VOID = {"meta", "br", "hr", "img", "input", "link", "col", "wbr", "path", "rect", "line", "circle", "polygon", "polyline", "use"}

    def __init__(self):
        super().__init__()
        self.open, self.faults = [], []

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "iframe", "object", "embed", "link", "img"):
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            if name in ("src", "href", "srcset", "data") and value and not value.startswith("#"):
                self.faults.append(f"{tag} {name}={value}")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if tag in self.VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")


def page(text):
    parser = Page()
    parser.feed(text)
    yield from parser.faults
    if parser.open:
        yield f"not closed: {parser.open}"
    if re.search(r"url\((?!#)|@import", text):
        yield "a style that loads something"


CHECKS = {"sarif": sarif, "junit": junit, "gitlab": gitlab, "github": github}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    smcli, reports, found = os.path.abspath(sys.argv[1]), 0, 0
    jobs = [(command, name, check) for command in FINDINGS for name, check in CHECKS.items()] + [(c, "html", page) for c in PAGES]
    for command, name, check in jobs:
        p = subprocess.run([smcli] + command + ["--format", name], cwd=ROOT, capture_output=True, timeout=60, check=False)
        faults = [f"status {p.returncode}: {p.stderr.decode()}"] if p.returncode not in (0, 1) else list(check(p.stdout.decode()))
        for fault in faults:
            print(f"{' '.join(command)} --format {name}: {fault}")
        reports, found = reports + 1, found + len(faults)
    print(f"{reports} reports, {found} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
