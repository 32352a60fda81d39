#!/usr/bin/env python3
"""Writes testdata/ops/raw_arrays: ops on arrays, segments, strings, sparse tensors, images and sound that no recorded suite has, each called by its own
name.

    make_array_cases.py [--out testdata/ops]
"""
import os
import struct

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np
import tensorflow as tf
from google.protobuf import descriptor_pb2

from raw_suite import RawSuite

raw = tf.raw_ops
SUITE = RawSuite()
op_case = SUITE.op_case


def numbers(*shape, seed=5):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def y(tensor):
    return {"y": tensor}


X = numbers(3, 4)
op_case("AdjustHue", np.abs(numbers(2, 3, 3)) / 4)(lambda x: y(raw.AdjustHue(images=x, delta=0.2)))
op_case("ConjugateTranspose", np.complex64(X + 2j * X))(lambda x: y(raw.ConjugateTranspose(x=x, perm=[1, 0])))
op_case("DiagPart", numbers(2, 3, 2, 3))(lambda x: y(raw.DiagPart(input=x)))
op_case("EuclideanNorm", X)(lambda x: y(raw.EuclideanNorm(input=x, axis=[1], keep_dims=True)))
op_case("FusedBatchNormV2", numbers(2, 3, 2, 4), numbers(4), numbers(4))(
    lambda x, s, o: y(raw.FusedBatchNormV2(x=x, scale=s, offset=o, mean=[0.1] * 4, variance=[0.5] * 4, is_training=False)[0]))
op_case("HistogramFixedWidth", X)(lambda x: y(raw.HistogramFixedWidth(values=x, value_range=[-1.0, 1.0], nbins=5)))
op_case("IFFT3D", np.complex64(numbers(2, 3, 4) + 1j * numbers(2, 3, 4, seed=6)))(lambda x: y(raw.IFFT3D(input=x)))
op_case("IRFFT3D", np.complex64(numbers(2, 3, 3) + 1j * numbers(2, 3, 3, seed=6)))(lambda x: y(raw.IRFFT3D(input=x, fft_length=[2, 3, 4])))
op_case("MirrorPadGrad", numbers(5, 6))(lambda x: y(raw.MirrorPadGrad(input=x, paddings=[[1, 1], [2, 1]], mode="REFLECT")))
op_case("MulNoNan", np.float32([np.nan, np.inf, 2]), np.float32([0, 0, 3]))(lambda a, b: y(raw.MulNoNan(x=a, y=b)))
op_case("NthElement", X)(lambda x: y(raw.NthElement(input=x, n=2)))
op_case("NthElement__reverse", X)(lambda x: y(raw.NthElement(input=x, n=1, reverse=True)))
op_case("PopulationCount", np.int32([0, 1, -1, 255]))(lambda x: y(raw.PopulationCount(x=x)))
op_case("RightShift", np.int32([-8, 8, 255]), np.int32([1, 2, 40]))(lambda a, b: y(raw.RightShift(x=a, y=b)))
op_case("SegmentProd", X)(lambda x: y(raw.SegmentProd(data=x, segment_ids=[0, 0, 2])))
op_case("Snapshot", X)(lambda x: y(raw.Snapshot(input=x)))
op_case("ScatterNdNonAliasingAdd", X)(lambda x: y(raw.ScatterNdNonAliasingAdd(input=x, indices=[[1], [1]], updates=tf.ones([2, 4]))))
op_case("TensorScatterMin", X)(lambda x: y(raw.TensorScatterMin(tensor=x, indices=[[0], [2]], updates=tf.zeros([2, 4]))))
op_case("TensorStridedSliceUpdate", X)(
    lambda x: y(raw.TensorStridedSliceUpdate(input=x, begin=[0, 1], end=[2, 3], strides=[1, 1], value=tf.zeros([2, 2]))))
op_case("UnravelIndex", np.int32([5, 11, 0]))(lambda x: y(raw.UnravelIndex(indices=x, dims=[3, 4])))
op_case("UniqueWithCountsV2", np.int32([3, 1, 3, 2, 1]))(
    lambda x: dict(zip(["y", "idx", "count"], raw.UniqueWithCountsV2(x=x, axis=tf.constant([0], tf.int64)))))
op_case("UnsortedSegmentJoin", np.array([b"a", b"b", b"c"]))(
    lambda x: y(raw.UnsortedSegmentJoin(inputs=x, segment_ids=[1, 0, 1], num_segments=3, separator="-")))
op_case("UnicodeScript", np.int32([65, 0x4E2D, 0x0410, 33]))(lambda x: y(raw.UnicodeScript(input=x)))
op_case("UnicodeTranscode", np.array(["h\u00e9".encode("latin-1"), b"abc"]))(
    lambda x: y(raw.UnicodeTranscode(input=x, input_encoding="ISO-8859-1", output_encoding="UTF-8")))
op_case("Xlog1py", np.float32([0, 1, 2]), np.float32([-1, 2, 0.5]))(lambda a, b: y(raw.Xlog1py(x=a, y=b)))
op_case("MatrixDiagPartV2", numbers(2, 3, 4))(lambda x: y(raw.MatrixDiagPartV2(input=x, k=[-1, 1], padding_value=7.0)))
op_case("MatrixSetDiagV2", numbers(2, 3, 4))(lambda x: y(raw.MatrixSetDiagV2(input=x, diagonal=tf.zeros([2, 3]), k=0)))
op_case("NonMaxSuppressionWithOverlaps", np.abs(numbers(3, 3)), np.abs(numbers(3)))(
    lambda o, s: y(raw.NonMaxSuppressionWithOverlaps(overlaps=o, scores=s, max_output_size=2, overlap_threshold=0.5, score_threshold=0.0)))
INDICES = np.int64([[0, 1], [1, 0], [2, 3]])
op_case("SparseDenseCwiseDiv", np.float32([2, 4, 6]), np.abs(X) + 1)(
    lambda v, d: y(raw.SparseDenseCwiseDiv(sp_indices=INDICES, sp_values=v, sp_shape=[3, 4], dense=d)))
op_case("SparseReduceMaxSparse", np.float32([2, 4, 6]))(
    lambda v: dict(zip(["i", "v", "s"], raw.SparseReduceMaxSparse(input_indices=INDICES, input_values=v, input_shape=[3, 4], reduction_axes=[1]))))
op_case("SparseSparseMinimum", np.float32([2, 4, 6]), np.float32([-1, 5, 1]))(
    lambda a, b: dict(zip(["i", "v"], raw.SparseSparseMinimum(a_indices=INDICES, a_values=a, a_shape=[3, 4], b_indices=INDICES, b_values=b, b_shape=[3, 4]))))
op_case("SparseSplit", np.float32([2, 4, 6]))(
    lambda v: {f"v{i}": t for i, t in enumerate(raw.SparseSplit(split_dim=tf.constant(1, tf.int64), indices=INDICES, values=v, shape=[3, 4], num_split=2)[1])})
op_case("BatchToSpace", numbers(4, 2, 2, 1))(lambda x: y(raw.BatchToSpace(input=x, crops=[[0, 1], [1, 0]], block_size=2)))
op_case("Reverse", X)(lambda x: y(raw.Reverse(tensor=x, dims=[True, False])))
op_case("Concat", X, X)(lambda a, b: y(raw.Concat(concat_dim=1, values=[a, b])))
op_case("StringNGrams__no_splits", np.array([b"a", b"b"]), np.int64([]))(
    lambda x, s: dict(zip(["y", "splits"], raw.StringNGrams(data=x, data_splits=s, separator=" ", ngram_widths=[2], left_pad="", right_pad="",
                                                            pad_width=0, preserve_short_sequences=False))))
op_case("StringFormat__complex", np.complex64([[1, 2j], [3, 4]]))(
    lambda x: {"y": raw.StringFormat(inputs=[x], template="x={}", placeholder="{}", summarize=3),
               "quantized": raw.StringFormat(inputs=[tf.bitcast([1, 2], tf.qint32)], template="{}", placeholder="{}")})


def proto(name, field, dtype, messages=(b"", b"")):
    op_case(f"DecodeProtoV2__{name}", np.array(messages))(lambda x: dict(zip(["sizes", "y"], raw_proto(x, field, dtype))))


def raw_proto(x, field, dtype):
    decoded = raw.DecodeProtoV2(bytes=x, message_type="t.M", field_names=[field], output_types=[dtype], descriptor_source=DESCRIPTORS)
    return decoded.sizes, decoded.values[0]


def descriptors():
    file = descriptor_pb2.FileDescriptorProto(name="t.proto", package="t")
    message = file.message_type.add(name="M")
    for number, (name, kind, label) in enumerate([("i", 5, 1), ("r", 5, 3), ("u", 4, 1), ("d", 9, 1)], 1):
        message.field.add(name=name, number=number, type=kind, label=label, default_value="text" if name == "d" else None)
    return b"bytes://" + descriptor_pb2.FileDescriptorSet(file=[file]).SerializeToString()


DESCRIPTORS = descriptors()
proto("absent", "i", tf.int32)
proto("absent_repeated", "r", tf.int32)
proto("absent_default", "d", tf.string)
proto("uint64", "u", tf.uint64, (b"\x18\x05", b""))

# Images and sound.
PICTURE = np.uint8([[[x * 11 % 256, y * 7 % 256, (x + y) * 5 % 256] for x in range(33)] for y in range(64)])
JPEG = np.array(tf.io.encode_jpeg(PICTURE, quality=80).numpy())


def bmp(bits, width=3, height=2):
    row = (bits * width + 31) // 32 * 4
    head = struct.pack("<IHHIIiiHHIIiiII", 54 + row * height, 0, 0, 54, 40, width, height, 1, bits, 0, row * height, 0, 0, 0, 0)
    return np.array(b"BM" + head + bytes(range(1, row * height + 1)))


for bits in (8, 24, 32):
    for channels in (0, 3, 4):
        op_case(f"DecodeBmp__{bits}_bits_as_{channels}", bmp(bits))(lambda x, channels=channels: y(raw.DecodeBmp(contents=x, channels=channels)))
op_case("DecodeBmp__as_1", bmp(8), expect="error")(lambda x: y(raw.DecodeBmp(contents=x, channels=1)))


def gif(frames, lost=0):
    """3 x 2 pixels, colours 0 to 127 in a stream without compression; the last bytes may be lost."""
    out = b"GIF89a" + struct.pack("<HHBBB", 3, 2, 0xF6, 0, 0) + bytes(i * k % 256 for i in range(128) for k in (1, 2, 3))
    for frame in range(frames):
        codes = bytes([0x80, *(10 * frame + i for i in range(6)), 0x81])
        out += b"," + struct.pack("<HHHHB", 0, 0, 3, 2, 0) + b"\x07" + bytes([len(codes)]) + codes + b"\0"
    return np.array((out + b";")[:-lost] if lost else out + b";")


op_case("DecodeGif__two_frames", gif(2))(lambda x: y(raw.DecodeGif(contents=x)))
op_case("DecodeGif__half_a_frame", gif(2, 8))(lambda x: y(raw.DecodeGif(contents=x)))
op_case("DecodeGif__no_frame", gif(1, 6), expect="error")(lambda x: y(raw.DecodeGif(contents=x)))
for window in ([0, 0, 5, 6], [10, 10, 20, 20], [3, 17, 9, 16]):
    op_case(f"DecodeAndCropJpeg__{window[1]}", JPEG, np.int32(window))(lambda x, w: y(raw.DecodeAndCropJpeg(contents=x, crop_window=w)))
HALF = np.array(JPEG.item()[:-150])
op_case("DecodeJpeg__half", HALF)(lambda x: y(raw.DecodeJpeg(contents=x, acceptable_fraction=0.2)))
op_case("DecodeJpeg__too_little", HALF, expect="error")(lambda x: y(raw.DecodeJpeg(contents=x, acceptable_fraction=0.99)))
op_case("ExtractJpegShape", JPEG)(lambda x: y(raw.ExtractJpegShape(contents=x)))
op_case("ExtractJpegShape__int64", JPEG)(lambda x: y(raw.ExtractJpegShape(contents=x, output_type=tf.int64)))
op_case("EncodeJpegVariableQuality", PICTURE, np.int32(40))(lambda x, q: y(raw.DecodeJpeg(contents=raw.EncodeJpegVariableQuality(images=x, quality=q))))
op_case("ResizeArea__one_pixel", numbers(1, 1, 1, 2))(lambda x: y(raw.ResizeArea(images=x, size=[2, 3], align_corners=True)))
op_case("CropAndResize__nan", numbers(1, 4, 4, 1), np.float32([[np.nan, 0, 1, 1]]), expect="error")(
    lambda x, b: y(raw.CropAndResize(image=x, boxes=b, box_ind=[0], crop_size=[2, 2])))
for channels in (1, 3):
    op_case(f"DecodeWav__{channels}", numbers(6, 2) / 3)(
        lambda x, channels=channels: y(raw.DecodeWav(contents=raw.EncodeWav(audio=x, sample_rate=8000), desired_channels=channels)[0]))


if __name__ == "__main__":
    SUITE.main(__doc__, "raw_arrays")
