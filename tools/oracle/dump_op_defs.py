#!/usr/bin/env python3
"""Writes src/model/op_defs.txt: every op that TensorFlow registers, one per line.

    NAME <TAB> INPUTS <TAB> OUTPUTS <TAB> ATTRS <TAB> FLAGS

Lines are sorted by the bytes of NAME, so that a binary search over the text works. All tokens inside a field are separated by one
space and hold none.

INPUTS, OUTPUTS  name:TYPE; TYPE is a dtype (`float`, `int32`, `resource`), `=T` for the type attr T, `=[Tin]` for a list(type)
                 attr; `*N` follows when the arg repeats as often as the int attr N says; a trailing `&` marks a reference.
ATTRS            name:KIND, then `{allowed,values}`, `>=MINIMUM`, `=DEFAULT` where the op has them, in that order. KIND as in
                 OpDef (`int`, `list(type)`, `func`). Strings are in double quotes, with \\xNN for space, quote, backslash and
                 whatever is not printable ASCII; shapes are `?` or `[2,?]`; lists `[a,b]`; a tensor default is the word `tensor`, a
                 function default the function's name, `func` when that is empty.
FLAGS            subset of `stateful commutative aggregate deprecated=VERSION`, VERSION being the GraphDef version.
"""
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import numpy as np
from tensorflow.core.framework import op_def_pb2
from tensorflow.core.framework import types_pb2
from tensorflow.python.client import pywrap_tf_session


def dtype(number):
    name = types_pb2.DataType.Name(number).removeprefix("DT_").lower()
    return name.removesuffix("_ref") + "&" if name.endswith("_ref") else name


def string(value):
    return '"' + "".join(chr(b) if 33 <= b <= 126 and b not in b'"\\' else f"\\x{b:02x}" for b in value) + '"'


def shape(s):
    return "?" if s.unknown_rank else "[" + ",".join("?" if d.size < 0 else str(d.size) for d in s.dim) + "]"


SCALARS = {
    "i": str,
    "f": lambda v: str(np.float32(v)),
    "b": lambda v: "true" if v else "false",
    "s": string,
    "type": dtype,
    "shape": shape,
    "tensor": lambda v: "tensor",
    "func": lambda v: v.name or "func",
}


def value(v):
    kind = v.WhichOneof("value")
    if kind != "list":
        return SCALARS[kind](getattr(v, kind))
    items = [SCALARS[field.name](x) for field, xs in v.list.ListFields() for x in xs]
    return "[" + ",".join(items) + "]"


def arg(a):
    if a.type_list_attr:
        kind = f"=[{a.type_list_attr}]"
    else:
        kind = "=" + a.type_attr if a.type_attr else dtype(a.type)
        if a.number_attr:
            kind += "*" + a.number_attr
    return f"{a.name}:{kind}{'&' if a.is_ref else ''}"


def attr(a):
    text = f"{a.name}:{a.type}"
    if a.HasField("allowed_values"):
        text += "{" + value(a.allowed_values)[1:-1] + "}"
    if a.has_minimum:
        text += f">={a.minimum}"
    if a.HasField("default_value"):
        text += "=" + value(a.default_value)
    return text


def line(op):
    flags = [name for name, on in [("stateful", op.is_stateful), ("commutative", op.is_commutative), ("aggregate", op.is_aggregate)] if on]
    if op.HasField("deprecation"):
        flags.append(f"deprecated={op.deprecation.version}")
    fields = [[op.name], map(arg, op.input_arg), map(arg, op.output_arg), map(attr, op.attr), flags]
    return "\t".join(" ".join(f) for f in fields) + "\n"


def main():
    default = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "src", "model", "op_defs.txt")
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.normpath(default)
    public = op_def_pb2.OpList()
    public.ParseFromString(pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList()))
    with open(path, "w", encoding="ascii", newline="\n") as f:
        f.writelines(line(op) for op in sorted(public.op, key=lambda op: op.name))
    print(f"{len(public.op)} ops")


if __name__ == "__main__":
    main()
