"""The files of a suite: a list of cases as JSON, one record per line, and their arrays as NPZ."""
import io
import json
import zipfile

import numpy as np


def write_json(path, cases):
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


def npz_bytes(arrays):
    """Like numpy.savez_compressed, but the same bytes on every run."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for key, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
            info = zipfile.ZipInfo(key + ".npy", date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            z.writestr(info, member.getvalue(), compresslevel=9)
    return out.getvalue()
