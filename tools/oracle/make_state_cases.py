#!/usr/bin/env python3
"""Writes testdata/ops/raw_state: ops on tables, queues, variables, lists and other state, and ops next to them, that no recorded suite
has, each called by its own name.

    make_state_cases.py [--out testdata/ops]
"""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import zlib

import numpy as np
import tensorflow as tf

from raw_suite import RawSuite

raw, v1 = tf.raw_ops, tf.compat.v1
SUITE = RawSuite()
op_case = SUITE.op_case
INDICES = np.int64([[0, 0], [0, 2], [1, 1], [2, 3]])


def numbers(*shape, seed=5):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def y(tensor):
    return {"y": tensor}


def after(*ops):
    return tf.control_dependencies([op for op in ops if op is not None])


def text(*values):
    return np.array(values, "S")


def concrete(function, *specs):
    return tf.function(function).get_concrete_function(*[tf.TensorSpec(shape, dtype) for shape, dtype in specs])


# Tables: filled, asked, changed and asked again. A dense table exports and imports its buckets, the empty ones too: not compared.
def table_case(name, make, find, size, export, insert, remove=None, width=(), imports=True):
    @op_case(name, text(b"a", b"b", b"c"), numbers(3, *width), text(b"b", b"z", b"a"))
    def _(keys, values, wanted):
        table, default = make(), tf.fill(width, -1.0)
        with after(insert(table_handle=table, keys=keys, values=values)):
            out = {"found": find(table_handle=table, keys=wanted, default_value=default), "size": size(table_handle=table)}
            exported = export(table_handle=table, Tkeys=tf.string, Tvalues=tf.float32)
            if imports:
                out["exported"] = tf.shape(exported.values)
        if remove:
            with after(exported.keys, *out.values()):
                with after(remove(table_handle=table, keys=wanted[:1])):
                    out["left"] = size(table_handle=table)
                if imports:
                    with after(out["left"]):
                        with after(raw.LookupTableImportV2(table_handle=table, keys=wanted[1:], values=values[:2])):
                            out["imported"] = find(table_handle=table, keys=wanted, default_value=default)
        return out


KINDS = dict(key_dtype=tf.string, value_dtype=tf.float32)
V1_OPS = (raw.LookupTableFind, raw.LookupTableSize, raw.LookupTableExport)
V2_OPS = (raw.LookupTableFindV2, raw.LookupTableSizeV2, raw.LookupTableExportV2)
CHANGES = (raw.LookupTableInsertV2, raw.LookupTableRemoveV2)


def dense(op):
    return lambda **extra: op(empty_key=tf.constant("."), value_dtype=tf.float32, **extra)


table_case("HashTable", lambda: raw.HashTable(shared_name="h1", **KINDS), *V1_OPS, raw.InitializeTable)
table_case("HashTableV2", lambda: raw.HashTableV2(shared_name="h2", **KINDS), *V2_OPS, raw.InitializeTableV2)
table_case("AnonymousHashTable", lambda: raw.AnonymousHashTable(**KINDS), *V2_OPS, raw.InitializeTableV2)
table_case("MutableHashTable", lambda: raw.MutableHashTable(shared_name="m1", **KINDS), *V1_OPS, raw.LookupTableInsert)
table_case("MutableHashTableV2", lambda: raw.MutableHashTableV2(shared_name="m2", **KINDS), *V2_OPS, *CHANGES)
table_case("AnonymousMutableHashTable", lambda: raw.AnonymousMutableHashTable(**KINDS), *V2_OPS, *CHANGES)
table_case("MutableHashTableOfTensors", lambda: raw.MutableHashTableOfTensors(shared_name="t1", value_shape=[2], **KINDS), *V1_OPS,
           raw.LookupTableInsert, width=(2,))
table_case("MutableHashTableOfTensorsV2", lambda: raw.MutableHashTableOfTensorsV2(shared_name="t2", value_shape=[2], **KINDS), *V2_OPS,
           *CHANGES, width=(2,))
table_case("AnonymousMutableHashTableOfTensors", lambda: raw.AnonymousMutableHashTableOfTensors(value_shape=[2], **KINDS), *V2_OPS, *CHANGES,
           width=(2,))
table_case("MutableDenseHashTableV2", lambda: dense(raw.MutableDenseHashTableV2)(shared_name="d2", deleted_key=tf.constant("-")), *V2_OPS, *CHANGES, imports=False)
table_case("AnonymousMutableDenseHashTable", lambda: dense(raw.AnonymousMutableDenseHashTable)(deleted_key=tf.constant("-")), *V2_OPS, *CHANGES, imports=False)


# Queues.
def queue_case(name, make, parts, take, *arrays, close=False, expect="ok"):
    @op_case(name, *arrays, expect=expect)
    def _(*tensors):
        queue = make()
        last = None
        for part in parts(tensors):
            with after(last):
                last = (raw.QueueEnqueueManyV2 if parts is rows else raw.QueueEnqueueV2)(handle=queue, components=part)
        if close:
            with after(last):
                last = raw.QueueCloseV2(handle=queue)
        with after(last):
            taken = take(queue)
        with after(*taken):
            return {**{f"y{i}": t for i, t in enumerate(taken)}, "left": raw.QueueSizeV2(handle=queue),
                    "closed": raw.QueueIsClosedV2(handle=queue)}


def rows(tensors):
    return [list(tensors)]


def one_by_one(tensors):
    return [[t] for t in tensors]


PAIR = dict(component_types=[tf.float32, tf.string], shapes=[[2], []])
PAIRS = (numbers(4, 2), text(b"a", b"b", b"c", b"d"))
queue_case("QueueDequeueUpToV2", lambda: raw.FIFOQueueV2(**PAIR), rows,
           lambda q: raw.QueueDequeueUpToV2(handle=q, n=9, component_types=[tf.float32, tf.string]), *PAIRS, close=True)
queue_case("PaddingFIFOQueueV2", lambda: raw.PaddingFIFOQueueV2(component_types=[tf.float32], shapes=[[None, 2]]), one_by_one,
           lambda q: raw.QueueDequeueManyV2(handle=q, n=2, component_types=[tf.float32]), numbers(1, 2), numbers(3, 2))
queue_case("PriorityQueueV2", lambda: raw.PriorityQueueV2(component_types=[tf.float32], shapes=[[2]]), rows,
           lambda q: raw.QueueDequeueManyV2(handle=q, n=3, component_types=[tf.int64, tf.float32]), np.int64([5, 1, 3, 9]), numbers(4, 2))
queue_case("RandomShuffleQueueV2", lambda: raw.RandomShuffleQueueV2(seed=3, seed2=4, **PAIR), rows,
           lambda q: raw.QueueDequeueManyV2(handle=q, n=4, component_types=[tf.float32, tf.string]), *PAIRS)
queue_case("FIFOQueueV2__no_rows", lambda: raw.FIFOQueueV2(**PAIR), rows,
           lambda q: raw.QueueDequeueManyV2(handle=q, n=0, component_types=[tf.float32, tf.string]), *PAIRS)
queue_case("FIFOQueueV2__other_shape", lambda: raw.FIFOQueueV2(component_types=[tf.float32], shapes=[[2]]), one_by_one,
           lambda q: raw.QueueDequeueV2(handle=q, component_types=[tf.float32]), numbers(3), expect="error")
queue_case("FIFOQueueV2__no_shapes", lambda: raw.FIFOQueueV2(component_types=[tf.float32], shapes=[]), one_by_one,
           lambda q: raw.QueueDequeueManyV2(handle=q, n=1, component_types=[tf.float32]), numbers(3), expect="error")


@op_case("QueueIsClosed", numbers(2))
def _(x):
    queue = raw.FIFOQueue(component_types=[tf.float32], shapes=[[2]], shared_name="q1")
    with after(raw.QueueEnqueue(handle=queue, components=[x])):
        first = raw.QueueDequeue(handle=queue, component_types=[tf.float32])
    with after(*first):
        return {"y": first[0], "closed": raw.QueueIsClosed(handle=queue)}


@op_case("StackCloseV2", numbers(2))
def _(x):
    stack = raw.StackV2(max_size=-1, elem_type=tf.float32)
    with after(raw.StackPushV2(handle=stack, elem=x)):
        popped = raw.StackPopV2(handle=stack, elem_type=tf.float32)
    with after(popped):
        with after(raw.StackCloseV2(handle=stack)):
            return y(tf.identity(popped))


# Variables.
@op_case("DestroyResourceOp", numbers(2))
def _(x):
    variable = raw.VarHandleOp(dtype=tf.float32, shape=[2], shared_name="v1")
    with after(raw.AssignVariableOp(resource=variable, value=x)):
        before = raw.VarIsInitializedOp(resource=variable)
    with after(before):
        with after(raw.DestroyResourceOp(resource=variable)):
            return {"before": before, "after": raw.VarIsInitializedOp(resource=variable)}


def assigned(name, values, expect="ok"):
    @op_case(name, *values, expect=expect)
    def _(*tensors):
        variable = raw.VarHandleOp(dtype=tf.float32, shape=[2], shared_name=name)
        last = None
        for tensor in tensors:
            with after(last):
                last = raw.AssignVariableOp(resource=variable, value=v1.placeholder_with_default(tensor, None), validate_shape=True)
        with after(last):
            return y(raw.ReadVariableOp(resource=variable, dtype=tf.float32))


assigned("AssignVariableOp__first", [numbers(3)])
assigned("AssignVariableOp__other_shape", [numbers(3), numbers(2)], expect="error")


@op_case("DisableCopyOnRead", numbers(2))
def _(x):
    variable = raw.VarHandleOp(dtype=tf.float32, shape=[2], shared_name="v2")
    with after(raw.AssignVariableOp(resource=variable, value=x)):
        with after(raw.DisableCopyOnRead(resource=variable)):
            return y(raw.ReadVariableOp(resource=variable, dtype=tf.float32))


@op_case("DestroyTemporaryVariable", numbers(2, 3))
def _(x):
    variable = raw.Assign(ref=raw.TemporaryVariable(shape=[2, 3], dtype=tf.float32, var_name="t"), value=x)
    return y(raw.DestroyTemporaryVariable(ref=raw.AssignAdd(ref=variable, value=x), var_name="t"))


@op_case("Variable", numbers(2))
def _(x):
    return y(tf.identity(raw.AssignSub(ref=raw.Assign(ref=raw.Variable(shape=[2], dtype=tf.float32, shared_name="v3"), value=x), value=2 * x)))


@op_case("RefEnter", numbers(2))
def _(x):
    variable = raw.Assign(ref=raw.VariableV2(shape=[2], dtype=tf.float32, shared_name="v4"), value=x)
    entered = raw.RefEnter(data=variable, frame_name="f")
    return y(tf.identity(raw.RefExit(data=raw.RefIdentity(input=entered))))


# Lists, arrays, maps, optionals.
@op_case("TensorListConcatLists", numbers(3, 2), numbers(1, 2))
def _(a, b):
    lists = [raw.TensorListFromTensor(tensor=t, element_shape=[2]) for t in (a, b)]
    joined = raw.TensorListConcatLists(input_a=lists[0], input_b=lists[1], element_dtype=tf.float32)
    return y(raw.TensorListStack(input_handle=joined, element_shape=[2], element_dtype=tf.float32))


@op_case("TensorListPushBackBatch", numbers(3, 2), numbers(2, 2))
def _(a, b):
    lists = tf.stack([raw.TensorListFromTensor(tensor=t, element_shape=[2]) for t in (a, a[:1])])
    pushed = raw.TensorListPushBackBatch(input_handles=lists, tensor=b)
    return {f"y{i}": raw.TensorListStack(input_handle=pushed[i], element_shape=[2], element_dtype=tf.float32) for i in range(2)}


@op_case("TensorListPushBackBatch__strings", text([b"a", b"b"], [b"c", b"d"]))
def _(a):
    empty = raw.EmptyTensorList(element_shape=[2], max_num_elements=-1, element_dtype=tf.string)
    pushed = raw.TensorListPushBackBatch(input_handles=tf.stack([empty, empty]), tensor=a)
    return y(raw.TensorListStack(input_handle=pushed[1], element_shape=[2], element_dtype=tf.string))


@op_case("TensorArraySplitV3", numbers(6, 2))
def _(x):
    handle, flow = raw.TensorArrayV3(size=3, dtype=tf.float32)
    flow = raw.TensorArraySplitV3(handle=handle, value=x, lengths=tf.constant([1, 3, 2], tf.int64), flow_in=flow)
    return y(raw.TensorArrayReadV3(handle=handle, index=1, flow_in=flow, dtype=tf.float32))


@op_case("TensorMapErase", text(b"a", b"b"), numbers(2, 3))
def _(keys, values):
    entries = raw.EmptyTensorMap()
    for i in range(2):
        entries = raw.TensorMapInsert(input_handle=entries, key=keys[i], value=values[i])
    left = raw.TensorMapErase(input_handle=entries, key=keys[0], value_dtype=tf.float32)
    return {"size": raw.TensorMapSize(input_handle=entries), "had": raw.TensorMapHasKey(input_handle=entries, key=keys[0]),
            "has": raw.TensorMapHasKey(input_handle=left, key=keys[0]), "keys": raw.TensorMapStackKeys(input_handle=left, key_dtype=tf.string)}


@op_case("OptionalFromValue", numbers(2), text(b"a"))
def _(a, b):
    optional = raw.OptionalFromValue(components=[a, b])
    parts = raw.OptionalGetValue(optional=optional, output_types=[tf.float32, tf.string], output_shapes=[[2], [1]])
    return {"a": parts[0], "b": parts[1], "has": raw.OptionalHasValue(optional=optional), "none": raw.OptionalHasValue(optional=raw.OptionalNone())}


op_case("OptionalGetValue__shape", numbers(2), expect="error")(
    lambda x: y(raw.OptionalGetValue(optional=raw.OptionalFromValue(components=[x]), output_types=[tf.float32], output_shapes=[[3]])[0]))


# Sparse and ragged tensors on their way into strings and maps and back.
def sparse(name, write, read):
    @op_case(name, INDICES, numbers(4))
    def _(indices, values):
        parts = read(write(sparse_indices=indices, sparse_values=values, sparse_shape=tf.constant([3, 4], tf.int64)))
        return dict(zip(["i", "v", "s"], parts))


sparse("DeserializeManySparse", raw.SerializeManySparse, lambda s: raw.DeserializeManySparse(serialized_sparse=s, dtype=tf.float32))
sparse("TakeManySparseFromTensorsMap", lambda **parts: raw.AddManySparseToTensorsMap(shared_name="s1", **parts),
       lambda s: raw.TakeManySparseFromTensorsMap(sparse_handles=s, dtype=tf.float32, shared_name="s1"))
sparse("AddSparseToTensorsMap", lambda **parts: raw.AddSparseToTensorsMap(shared_name="s2", **parts),
       lambda s: raw.TakeManySparseFromTensorsMap(sparse_handles=tf.stack([s]), dtype=tf.float32, shared_name="s2"))
op_case("SparseAddGrad", numbers(5), INDICES)(
    lambda g, i: dict(zip("ab", raw.SparseAddGrad(backprop_val_grad=g, a_indices=i, b_indices=tf.constant([[0, 0], [1, 2]], tf.int64),
                                                  sum_indices=tf.constant([[0, 0], [0, 2], [1, 1], [1, 2], [2, 3]], tf.int64)))))
op_case("SparseSliceGrad", numbers(2), INDICES)(
    lambda g, i: y(raw.SparseSliceGrad(backprop_val_grad=g, input_indices=i, input_start=tf.constant([0, 1], tf.int64),
                                       output_indices=tf.constant([[0, 1], [1, 0]], tf.int64))))
for op in (raw.SparseFillEmptyRowsGrad, raw.RaggedFillEmptyRowsGrad):
    op_case("RaggedFillEmptyRowsGrad" if op is raw.RaggedFillEmptyRowsGrad else "SparseFillEmptyRowsGrad", np.int64([0, 2, 3]), numbers(5))(
        lambda m, g, op=op: dict(zip(["values", "fill"], op(reverse_index_map=m, grad_values=g))))
op_case("RaggedFillEmptyRows", np.int64([0, 2, 2]), numbers(3))(
    lambda i, v: dict(zip(["ids", "values", "empty", "map"], raw.RaggedFillEmptyRows(value_rowids=i, values=v, nrows=tf.constant(4, tf.int64),
                                                                                     default_value=9.0))))
op_case("SparseDenseCwiseDiv__zero_elsewhere", INDICES, numbers(4))(
    lambda i, v: y(raw.SparseDenseCwiseDiv(sp_indices=i, sp_values=v, sp_shape=tf.constant([3, 4], tf.int64),
                                           dense=tf.constant([[1.0, 0, 2, 0], [0, 3, 0, 0], [0, 0, 0, 4]]))))
op_case("SparseToSparseSetOperation", INDICES, np.int64([1, 2, 3, 4]))(
    lambda i, v: dict(zip(["i", "v", "s"], raw.SparseToSparseSetOperation(
        set1_indices=i, set1_values=v, set1_shape=tf.constant([3, 4], tf.int64), set2_indices=i[:2], set2_values=v[1:3],
        set2_shape=tf.constant([3, 4], tf.int64), set_operation="union"))))
op_case("RaggedCross", text([b"p", b"q"], [b"r", b"s"]))(
    lambda d: dict(zip(["values", "splits"], raw.RaggedCross(
        sparse_indices=[], sparse_values=[], sparse_shape=[], dense_inputs=[d], input_order="RD", hashed_output=True, num_buckets=100, hash_key=7,
        out_values_type=tf.int64, out_row_splits_type=tf.int64,
        ragged_values=[tf.constant(["a", "b", "c"])], ragged_row_splits=[tf.constant([0, 2, 3], tf.int64)]))))
op_case("SparseCrossHashed", INDICES[:3], text(b"a", b"b", b"c"), text([b"p"], [b"q"], [b"r"]))(
    lambda i, v, d: dict(zip(["i", "v", "s"], raw.SparseCrossHashed(indices=[i], values=[v], shapes=[tf.constant([3, 4], tf.int64)], dense_inputs=[d],
                                                                    num_buckets=tf.constant(50, tf.int64), strong_hash=True,
                                                                    salt=tf.constant([1, 2], tf.int64)))))

# Functions.
BRANCHES = [concrete(lambda x, k=k: x * k, ([2], tf.float32)) for k in (1.0, 10.0, 100.0)]
for index in (-1, 1, 7):
    op_case(f"StatelessCase__{index % 10}", np.int32(index), numbers(2))(
        lambda i, x: y(raw.StatelessCase(branch_index=i, input=[x], Tout=[tf.float32], branches=BRANCHES)[0]))
op_case("BatchFunction", numbers(2, 1), np.float32(5))(
    lambda x, c: y(raw.BatchFunction(in_tensors=[x], captured_tensors=[c], f=concrete(lambda a, b: a * b, ([None, 1], tf.float32), ([], tf.float32)),
                                     num_batch_threads=1, max_batch_size=10, batch_timeout_micros=1000, Tout=[tf.float32])[0]))
op_case("ToBool", np.float32(0.5), text(b"")[0], np.float32([]))(
    lambda a, b, c: {"number": raw.ToBool(input=a), "text": raw.ToBool(input=b), "empty": raw.ToBool(input=c)})
op_case("DeviceIndex", np.float32(1))(lambda x: {"cpu": raw.DeviceIndex(device_names=["GPU", "CPU"]), "none": raw.DeviceIndex(device_names=["TPU"]), "x": x})

# Arrays, strings, files.
op_case("DecodeCSV__columns", text(b"a,b,c", b"d,,f"))(
    lambda x: dict(zip("ab", raw.DecodeCSV(records=x, record_defaults=[["1"], ["2"]], select_cols=[0, 2]))))
op_case("DecodeJSONExample__numbers", text(b'{"features":{"feature":{"a":{"int64List":{"value":["1",200]}}}}}',
                                           b'{"features":{"feature":{"f":{"floatList":{"value":[1.5,-2]}}}}}'))(
    lambda x: y(raw.DecodeJSONExample(json_examples=x)))
op_case("DecodeCompressed", text(b"x"))(
    lambda x: {"y": raw.DecodeCompressed(bytes=[zlib.compress(b"hello", 9)], compression_type="ZLIB"), "x": raw.DecodeCompressed(bytes=x)})
op_case("DecodePaddedRaw", text(b"abcdef", b"AB"))(lambda x: y(raw.DecodePaddedRaw(input_bytes=x, fixed_length=8, out_type=tf.int16)))
op_case("ReverseV2__scalar", np.float32(3))(lambda x: y(raw.ReverseV2(tensor=x, axis=tf.constant([], tf.int32))))
op_case("StringToHashBucket", text(b"a", b"", b"long text"))(lambda x: y(raw.StringToHashBucket(string_tensor=x, num_buckets=1000)))
op_case("ShardedFilename", text(b"base")[0])(
    lambda x: {"name": raw.ShardedFilename(basename=x, shard=2, num_shards=10), "spec": raw.ShardedFilespec(basename=x, num_shards=10)})
op_case("ShapeN", numbers(2, 3), numbers(4))(lambda a, b: dict(zip("ab", raw.ShapeN(input=[a, b]))))
op_case("ParallelConcat", numbers(1, 3), numbers(1, 3, seed=6))(lambda a, b: y(raw.ParallelConcat(values=[a, b], shape=[2, 3])))
op_case("Empty", np.int32([2, 3]))(lambda s: y(raw.Empty(shape=s, dtype=tf.float32, init=True)))
op_case("GuaranteeConst", numbers(2))(lambda x: y(raw.GuaranteeConst(input=x)))
op_case("EncodeWav", numbers(6, 2) / 4)(lambda x: y(tf.strings.unicode_decode(raw.EncodeWav(audio=x, sample_rate=8000), "ISO-8859-1")))
op_case("DrawBoundingBoxes", np.abs(numbers(1, 6, 7, 3)))(lambda x: y(raw.DrawBoundingBoxes(images=x, boxes=[[[0.1, 0.2, 0.8, 0.9]]])))
op_case("ExtractGlimpse", numbers(2, 5, 7, 1))(
    lambda x: y(raw.ExtractGlimpse(input=x, size=[3, 4], offsets=[[0.1, 0.2], [-0.9, 0.9]], uniform_noise=False, noise="zero")))


# Variables by reference and by handle: rows and elements changed in place, counters.
def held(start, name):
    """A reference to a variable that holds `start`."""
    return raw.Assign(ref=raw.VariableV2(shape=start.shape, dtype=start.dtype, shared_name=name), value=start)


def scatter_nd_case(name, op):
    @op_case(name, numbers(4, 3), np.int64([[2, 1], [0, 0], [3, 2]]), numbers(3, seed=8))
    def _(start, indices, updates):
        return y(op(ref=held(start, name), indices=indices, updates=updates))


scatter_nd_case("ScatterNdUpdate", raw.ScatterNdUpdate)
scatter_nd_case("ScatterNdMax", raw.ScatterNdMax)
scatter_nd_case("ScatterNdMin", raw.ScatterNdMin)


@op_case("CountUpTo", np.int32(5))
def _(start):
    return {"before": raw.CountUpTo(ref=held(start, "count"), limit=6)}


@op_case("CountUpTo__reached", np.int32(6), expect="error")
def _(start):
    return {"before": raw.CountUpTo(ref=held(start, "reached"), limit=6)}


def resource_case(name, start, change, *arrays):
    @op_case(name, start, *arrays)
    def _(value, *rest):
        handle = raw.VarHandleOp(dtype=value.dtype, shape=value.shape, shared_name=name)
        with after(raw.AssignVariableOp(resource=handle, value=value)):
            answer = change(handle, *rest)
        outputs, done = ({"answer": answer}, answer) if isinstance(answer, tf.Tensor) else ({}, answer)
        with after(done):
            return {**outputs, "after": raw.ReadVariableOp(resource=handle, dtype=value.dtype)}


resource_case("ResourceCountUpTo", np.int64(3), lambda h: raw.ResourceCountUpTo(resource=h, limit=9, T=tf.int64))
resource_case("ResourceGatherNd", numbers(4, 3), lambda h, i: raw.ResourceGatherNd(resource=h, indices=i, dtype=tf.float32),
              np.int32([[2, 1], [0, 2]]))
resource_case("ResourceScatterDiv", numbers(4, 3), lambda h, i, u: raw.ResourceScatterDiv(resource=h, indices=i, updates=u),
              np.int32([3, 0, 3]), numbers(3, 3, seed=8))
resource_case("ResourceScatterNdMax", numbers(4, 3), lambda h, i, u: raw.ResourceScatterNdMax(ref=h, indices=i, updates=u),
              np.int32([[2], [0]]), numbers(2, 3, seed=8))

op_case("InplaceUpdate", numbers(4, 3), np.int32([2, 0]), numbers(2, 3, seed=8))(lambda x, i, v: y(raw.InplaceUpdate(x=x + 0, i=i, v=v)))
op_case("InplaceAdd", numbers(4, 3), np.int32([2, 2]), numbers(2, 3, seed=8))(lambda x, i, v: y(raw.InplaceAdd(x=x + 0, i=i, v=v)))
op_case("InplaceSub", numbers(4, 3), np.int32([2, 0]), numbers(2, 3, seed=8))(lambda x, i, v: y(raw.InplaceSub(x=x + 0, i=i, v=v)))


@op_case("TensorArrayGradV3", numbers(3, 2))
def _(x):
    array = raw.TensorArrayV3(size=3, dtype=tf.float32, element_shape=[2])
    flow = raw.TensorArrayScatterV3(handle=array[0], indices=[0, 1, 2], value=x, flow_in=array[1])
    gradients = raw.TensorArrayGradV3(handle=array[0], flow_in=flow, source="gradients")
    flow = gradients[1]
    for scale in (1.0, 10.0):  # what goes to one index is added up
        flow = raw.TensorArrayWriteV3(handle=gradients[0], index=1, value=x[0] * scale, flow_in=flow)
    return {"y": raw.TensorArrayReadV3(handle=gradients[0], index=1, flow_in=flow, dtype=tf.float32),
            "zero": raw.TensorArrayReadV3(handle=gradients[0], index=0, flow_in=flow, dtype=tf.float32)}


# What resizing passes back.
op_case("ResizeBilinearGrad", numbers(1, 4, 6, 2), numbers(1, 3, 4, 2))(
    lambda g, x: {"plain": raw.ResizeBilinearGrad(grads=g, original_image=x), "centred": raw.ResizeBilinearGrad(grads=g, original_image=x, half_pixel_centers=True),
                  "corners": raw.ResizeBilinearGrad(grads=g, original_image=x, align_corners=True)})
op_case("ResizeBicubicGrad", numbers(1, 4, 6, 2), numbers(1, 3, 4, 2), rtol=1e-5, atol=1e-6)(
    lambda g, x: {"plain": raw.ResizeBicubicGrad(grads=g, original_image=x), "centred": raw.ResizeBicubicGrad(grads=g, original_image=x, half_pixel_centers=True)})


if __name__ == "__main__":
    SUITE.main(__doc__, "raw_state")
