"""tf.Module models: functions, variables, tables, and the variants of the SavedModel folder itself."""
import os
import struct

import numpy as np
import tensorflow as tf

from record import case

MODELS = {}
F = tf.float32


def model(build):
    MODELS[build.__name__] = build
    return build


def spec(shape, dtype=F, name=None):
    return tf.TensorSpec(shape, dtype, name)


def rng(seed=7):
    return np.random.default_rng(seed)


def floats(*shape, seed=7):
    return rng(seed).standard_normal(shape).astype(np.float32)


def function(*specs):
    return tf.function(input_signature=specs)


class HalfPlusTwo(tf.Module):
    def __init__(self, a=0.5, b=2.0):
        self.a = tf.Variable(a, name="a")
        self.b = tf.Variable(b, name="b")

    @function(spec([None], name="x"))
    def predict(self, x):
        return {"y": self.a * x + self.b}

    @function(spec([None], tf.string, "inputs"))
    def regress(self, inputs):
        x = tf.io.parse_example(inputs, {"x": tf.io.FixedLenFeature([1], F, default_value=[0.0])})["x"]
        return {"outputs": self.a * x + self.b}

    @function(spec([None], tf.string, "inputs"))
    def classify(self, inputs):
        x = tf.io.parse_example(inputs, {"x": tf.io.FixedLenFeature([1], F, default_value=[0.0])})["x"]
        score = tf.concat([self.a * x + self.b, x - self.b], 1)
        return {"scores": score, "classes": tf.gather(tf.constant(["low", "high"]), tf.argsort(score))}


def example(**features):
    kinds = {float: "float_list", int: "int64_list", bytes: "bytes_list"}
    e = tf.train.Example()
    for name, values in features.items():
        getattr(e.features.feature[name], kinds[type(values[0])]).value.extend(values)
    return e.SerializeToString(deterministic=True)


@model
def half_plus_two(path):
    m = HalfPlusTwo()
    tf.saved_model.save(m, path, signatures={"serving_default": m.predict, "regress_x_to_y": m.regress, "classify_x_to_y": m.classify})
    examples = [example(x=[1.0]), example(x=[-4.0]), example()]
    return [case("three", {"x": np.float32([1, 2, 5])}, "serving_default"),
            case("empty", {"x": np.zeros([0], np.float32)}, "serving_default"),
            case("regress", {"inputs": examples}, "regress_x_to_y"),
            case("classify", {"inputs": examples[:1]}, "classify_x_to_y"),
            case("not_an_example", {"inputs": [b"\xff\xff\xff"]}, "regress_x_to_y", expect="error")]


@model
def two_versions(path):
    for version, b in [("1", 2.0), ("2", 3.0)]:
        m = HalfPlusTwo(b=b)
        tf.saved_model.save(m, os.path.join(path, version), signatures={"serving_default": m.predict})
    return [case("highest", {"x": np.float32([1, 2, 5])}, "serving_default")]


def varint(n):
    out = b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


@model
def warmup(path):
    """assets.extra/tf_serving_warmup_requests: PredictionLog records with one PredictRequest each."""
    m = HalfPlusTwo()
    tf.saved_model.save(m, path, signatures={"serving_default": m.predict, "regress_x_to_y": m.regress})
    os.makedirs(os.path.join(path, "assets.extra"))
    requests = [("serving_default", "x", np.float32([1, 2])), ("", "x", np.float32([3])), ("regress_x_to_y", "inputs", np.array([example(x=[1.0])], object))]
    with tf.io.TFRecordWriter(os.path.join(path, "assets.extra", "tf_serving_warmup_requests")) as writer:
        for signature, key, value in requests:
            name = field(1, b"half_plus_two") + (field(3, signature.encode()) if signature else b"")
            tensor = tf.make_tensor_proto(value).SerializeToString(deterministic=True)
            request = field(1, name) + field(2, field(1, key.encode()) + field(2, tensor))
            writer.write(field(6, field(1, request)))
    return [case("two", {"x": np.float32([1, 2])}, "serving_default")]


@model
def defaults(path):
    """SignatureDef.defaults: inputs that may be left out."""
    class M(tf.Module):
        @function(spec([None, 2], name="x"), spec([], name="factor"), spec([], tf.string, "label"))
        def scale(self, x=tf.constant([[1.0, 2.0]]), factor=tf.constant(3.0), label=tf.constant(b"none")):
            return {"y": x * factor, "label": tf.strings.upper(label)}
    m = M()
    tf.saved_model.save(m, path, signatures={"serving_default": m.scale})
    return [case("all_left_out", {}, "serving_default"),
            case("one_given", {"factor": np.float32(0.5)}, "serving_default"),
            case("all_given", {"x": np.float32([[4, 5]]), "factor": np.float32(2), "label": b"abc"}, "serving_default")]


@model
def no_signatures(path):
    """Functions only: several traces, Python arguments, nested structures, a list of submodules."""
    class Layer(tf.Module):
        def __init__(self, seed):
            self.w = tf.Variable(floats(3, 3, seed=seed), name="w")

        @function(spec([None, 3], name="x"))
        def __call__(self, x):
            return tf.nn.tanh(x @ self.w)

    class M(tf.Module):
        def __init__(self):
            self.layers = [Layer(1), Layer(2)]
            self.counter = tf.Variable(0, dtype=tf.int64, trainable=False, name="counter")

        @tf.function
        def __call__(self, x, mode="sum"):
            for layer in self.layers:
                x = layer(x)
            return tf.reduce_sum(x, 1) if mode == "sum" else tf.reduce_max(x, 1)

        @function({"a": spec([2]), "b": [spec([]), spec([None], tf.int32)]})
        def nested(self, batch):
            return {"sum": tf.reduce_sum(batch["a"]) * batch["b"][0], "parts": (batch["b"][1] * 2, batch["a"][::-1])}

        @function()
        def next(self):
            return self.counter.assign_add(1)

    m = M()
    m(tf.zeros([2, 3]))
    m(tf.zeros([2, 3]), mode="max")
    m.nested({"a": tf.zeros([2]), "b": [tf.zeros([]), tf.zeros([1], tf.int32)]})
    tf.saved_model.save(m, path, signatures={})
    x = floats(2, 3)
    return [case("sum", {"x": x}, function="__call__", args=["x", "mode"]),
            case("max", {"x": x}, function="__call__", args=["x", "mode"], python={"mode": "max"}),
            case("nested", {"batch/a": np.float32([1, 2]), "batch/b/0": np.float32(3), "batch/b/1": np.int32([4, 5])}, function="nested", args=["batch"]),
            case("layer", {"x": x}, function="layers.1.__call__", args=["x"]),
            case("next", {}, function="next", args=[])]


@model
def many_dtypes(path):
    """Every dtype that a checkpoint and a signature can hold."""
    names = ["float16", "float32", "float64", "bfloat16", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool", "complex64", "complex128"]

    def value(name, shape):
        wide = rng().integers(0, 2 if name == "bool" else 100, shape)
        return tf.cast(tf.constant(wide), name) if name != "bool" else tf.constant(wide > 0)

    class M(tf.Module):
        def __init__(self):
            for n in names:
                setattr(self, "v_" + n, tf.Variable(value(n, [2, 3]), name="v_" + n, trainable=False))
            self.v_string = tf.Variable(tf.constant(["", "a", "h\u00e9", "x" * 100]), name="v_string", trainable=False)
            self.v_empty = tf.Variable(tf.zeros([0, 4]), name="v_empty", trainable=False)
            self.v_scalar = tf.Variable(1.5, name="v_scalar", trainable=False)

        @tf.function
        def read(self):
            return {n: tf.identity(getattr(self, "v_" + n)) for n in names + ["string", "empty", "scalar"]}

        @tf.function
        def echo(self, **inputs):
            return {k + "_out": tf.reverse(v, [0]) for k, v in inputs.items()}

    m = M()
    fed = [n for n in names if n != "bfloat16"] + ["string"]
    echo = m.echo.get_concrete_function(**{n: spec([None], tf.dtypes.as_dtype(n), n) for n in fed})
    tf.saved_model.save(m, path, signatures={"read": m.read.get_concrete_function(), "echo": echo})
    inputs = {n: value(n, [4]).numpy() for n in fed if n != "string"}
    inputs["string"] = np.array([b"one", b"", b"\xc3\xa9", b"four"])
    return [case("read", {}, "read"), case("echo", inputs, "echo")]


@model
def ragged_sparse_inputs(path):
    class M(tf.Module):
        @function(tf.RaggedTensorSpec([None, None], F, ragged_rank=1), tf.SparseTensorSpec([None, 4], F))
        def run(self, words, features):
            w = tf.constant(np.arange(8, dtype=np.float32).reshape(4, 2))
            return {"lengths": words.row_lengths(), "means": tf.reduce_mean(words, 1), "dot": tf.sparse.sparse_dense_matmul(features, w), "doubled": words * 2.0}
    m = M()
    tf.saved_model.save(m, path, signatures={"serving_default": m.run})
    words, splits = np.float32([1, 2, 3, 4]), np.int64([0, 3, 3, 4])
    indices, values, shape = np.int64([[0, 1], [2, 3]]), np.float32([5, 6]), np.int64([3, 4])
    return [case("signature", {"words": words, "words_1": splits, "features": indices, "features_1": values, "features_2": shape}, "serving_default"),
            case("function", {"words/values": words, "words/row_splits": splits, "features/indices": indices, "features/values": values, "features/dense_shape": shape},
                 function="run", args=["words", "features"])]


@model
def vocab_lookup(path):
    """Tables from an asset, from constants, and a mutable one whose content lies in the checkpoint."""
    with open("vocab.txt", "w") as f:
        f.write("the\nquick\nbrown\nfox\n")
    with open("labels.csv", "w") as f:
        f.write("cat,0.25\ndog,0.5\n")

    class M(tf.Module):
        def __init__(self):
            def text(*a, **k):
                return tf.lookup.TextFileInitializer("vocab.txt", *a, **k)
            line, whole = tf.lookup.TextFileIndex.LINE_NUMBER, tf.lookup.TextFileIndex.WHOLE_LINE
            self.ids = tf.lookup.StaticVocabularyTable(text(tf.string, whole, tf.int64, line), 3)
            self.words = tf.lookup.StaticHashTable(text(tf.int64, line, tf.string, whole), "[UNK]")
            self.scores = tf.lookup.StaticHashTable(tf.lookup.TextFileInitializer("labels.csv", tf.string, 0, F, 1, delimiter=","), -1.0)
            self.codes = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(tf.constant([10, 20], tf.int64), tf.constant(["ten", "twenty"])), "?")
            self.seen = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
            self.seen.insert(tf.constant(["a", "b"]), tf.constant([1, 2], tf.int64))

        @function(spec([None], tf.string, "words"))
        def encode(self, words):
            words = tf.strings.lower(words)
            return {"ids": self.ids.lookup(words), "seen": self.seen.lookup(words), "size": self.ids.size()}

        @function(spec([None, None], tf.int64, "ids"))
        def decode(self, ids):
            words = self.words.lookup(ids)
            return {"words": words, "text": tf.strings.reduce_join(words, 1, separator=" ")}

        @function(spec([None], tf.string, "label"), spec([None], tf.int64, "code"))
        def score(self, label, code):
            return {"score": self.scores.lookup(label), "code": self.codes.lookup(code)}

        @function(spec([None], tf.string, "key"), spec([None], tf.int64, "value"))
        def insert(self, key, value):
            self.seen.insert(key, value)
            keys, values = self.seen.export()
            order = tf.argsort(values)
            return {"keys": tf.gather(keys, order), "values": tf.gather(values, order), "size": self.seen.size()}

    m = M()
    tf.saved_model.save(m, path, signatures={"encode": m.encode, "decode": m.decode, "score": m.score, "insert": m.insert})
    return [case("encode", {"words": ["The", "fox", "a", "zebra", "", "B"]}, "encode"),
            case("decode", {"ids": np.int64([[0, 3, 9], [1, 2, -1]])}, "decode"),
            case("score", {"label": ["dog", "cat", "cow"], "code": np.int64([20, 10, 0])}, "score"),
            case("insert", {"key": ["c", "a"], "value": np.int64([3, 7])}, "insert")]


@model
def functional_loops(path):
    """While, If, Case and TensorLists as tf.function leaves them; recursion of calls; an Assert that fails."""
    class M(tf.Module):
        @function(spec([], tf.int32, "n"), spec([None], name="x"))
        def collatz(self, n, x):
            path = tf.TensorArray(tf.int32, 0, dynamic_size=True, element_shape=[])
            i = 0
            while n != 1:
                path = path.write(i, n)
                n = n // 2 if n % 2 == 0 else 3 * n + 1
                i += 1
            total = tf.constant(0.0)
            for v in x:
                if v < 0:
                    continue
                total += v
                if total > 100:
                    break
            return {"path": path.stack(), "steps": i, "total": total}

        @function(spec([], tf.int32, "which"), spec([2, 2], name="x"))
        def choose(self, which, x):
            return {"y": tf.switch_case(which, [lambda: x, lambda: tf.transpose(x), lambda: tf.linalg.inv(x)], default=lambda: tf.zeros([2, 2]))}

        @function(spec([None, 3], name="x"))
        def map_rows(self, x):
            y = tf.map_fn(lambda row: tf.sort(row), x)
            return {"y": y, "running": tf.scan(lambda a, b: a + b, x)}

        @function(spec([None], name="x"))
        def root(self, x):
            tf.debugging.assert_non_negative(x, message="x must not be negative")
            return {"y": tf.sqrt(x)}

    m = M()
    tf.saved_model.save(m, path, signatures={"collatz": m.collatz, "choose": m.choose, "map_rows": m.map_rows, "root": m.root})
    x = np.float32([[1, 2], [3, 4]])
    return [case("collatz", {"n": np.int32(27), "x": np.float32([1, -2, 60, 70, 80])}, "collatz"),
            case("collatz_at_once", {"n": np.int32(1), "x": np.zeros([0], np.float32)}, "collatz"),
            *[case(f"choose_{i}", {"which": np.int32(i), "x": x}, "choose") for i in [0, 1, 2, 7]],
            case("map_rows", {"x": floats(4, 3)}, "map_rows"),
            case("root", {"x": np.float32([0, 4])}, "root"),
            case("root_of_negative", {"x": np.float32([0, -4])}, "root", expect="error")]


@model
def train_step(path):
    """A signature that changes variables: one step of gradient descent with momentum."""
    class M(tf.Module):
        def __init__(self):
            self.w = tf.Variable(floats(4, 2), name="w")
            self.v = tf.Variable(tf.zeros([4, 2]), name="velocity", trainable=False)
            self.step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")

        @function(spec([None, 4], name="x"))
        def predict(self, x):
            return {"p": tf.nn.softmax(x @ self.w)}

        @function(spec([None, 4], name="x"), spec([None, 2], name="y"))
        def train(self, x, y):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(y, x @ self.w))
            self.v.assign(0.9 * self.v + tape.gradient(loss, self.w))
            self.w.assign_sub(0.1 * self.v)
            self.step.assign_add(1)
            return {"loss": loss, "w": self.w.read_value(), "step": self.step.read_value()}

    m = M()
    tf.saved_model.save(m, path, signatures={"serving_default": m.predict, "train": m.train})
    x = floats(3, 4, seed=3)
    return [case("predict", {"x": x}, "serving_default"), case("train", {"x": x, "y": np.float32([[1, 0], [0, 1], [1, 0]])}, "train")]


class Stack(tf.Module):
    """Dense layers, enough variables to shard."""

    def __init__(self):
        self.ws = [tf.Variable(floats(8, 8, seed=i) / 3, name=f"w{i}") for i in range(5)]

    @function(spec([None, 8], name="x"))
    def predict(self, x):
        for w in self.ws:
            x = tf.nn.relu(x @ w)
        return {"y": x}


@model
def sharded(path):
    """A checkpoint in several files."""
    m = Stack()
    policy = tf.train.experimental.MaxShardSizePolicy(max_shard_size=600)
    tf.saved_model.save(m, path, signatures={"serving_default": m.predict}, options=tf.saved_model.SaveOptions(experimental_sharding_callback=policy))
    return [case("run", {"x": floats(2, 8)}, "serving_default")]


@model
def text_cleaning(path):
    """No variables at all, strings only."""
    class M(tf.Module):
        @function(spec([None], tf.string, "text"))
        def clean(self, text):
            t = tf.strings.regex_replace(tf.strings.lower(tf.strings.strip(text)), "[^a-z0-9 ]", "")
            tokens = tf.strings.split(t)
            bigrams = tf.strings.ngrams(tokens, 2)
            return {"clean": t, "tokens": tokens.to_tensor("[PAD]"), "counts": tokens.row_lengths(), "hash": tf.strings.to_hash_bucket_fast(t, 1000), "bigrams": bigrams.to_tensor(""),
                    "length": tf.strings.length(text, unit="UTF8_CHAR"), "first": tf.strings.substr(text + " " * 3, 0, 3)}
    m = M()
    tf.saved_model.save(m, path, signatures={"serving_default": m.clean})
    return [case("run", {"text": ["  The QUICK, brown fox!", "", "h\u00e9llo w\u00f6rld".encode(), "a"]}, "serving_default")]


@model
def image_bytes(path):
    """Images as their files' bytes, as served from a web client."""
    class M(tf.Module):
        def __init__(self):
            self.k = tf.Variable(floats(3, 3, 3, 4), name="kernel")

        @function(spec([None], tf.string, "image_bytes"))
        def run(self, image_bytes):
            def one(data):
                image = tf.io.decode_image(data, 3, expand_animations=False)
                return tf.image.resize(tf.image.convert_image_dtype(image, F), [8, 8])
            pixels = tf.map_fn(one, image_bytes, fn_output_signature=spec([8, 8, 3]))
            y = tf.nn.conv2d(pixels, self.k, 2, "SAME")
            return {"features": tf.reduce_mean(y, [1, 2]), "pixels": pixels}
    m = M()
    tf.saved_model.save(m, path, signatures={"serving_default": m.run})
    picture = rng().integers(0, 256, [12, 10, 3]).astype(np.uint8)
    png = tf.io.encode_png(picture).numpy()
    bmp = b"BM" + struct.pack("<IHHI", 54 + 3 * 4 * 4, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, 4, 4, 1, 24, 0, 48, 0, 0, 0, 0) + bytes(range(48))
    # Strings end with a byte that is not NUL: numpy 'S' would drop it.
    return [case("png", {"image_bytes": np.array([png])}, "serving_default"), case("bmp", {"image_bytes": np.array([bmp])}, "serving_default"),
            case("not_an_image", {"image_bytes": np.array([b"hello, world"])}, "serving_default", expect="error")]


@model
def op_extras(path):
    """Ops that the suites in testdata/ops lack."""
    raw = tf.raw_ops

    class M(tf.Module):
        def __init__(self):
            self.w = tf.Variable(floats(3), name="w")
            self.m = tf.Variable(tf.zeros([3]), name="m")
            self.v = tf.Variable(tf.zeros([3]), name="v")

        @function(spec([None], name="x"))
        def softsign(self, x):
            return {"y": tf.nn.softsign(x)}

        @function(spec(None, name="x"), spec(None, tf.int32, "y"))
        def shape_n(self, x, y):
            a, b = raw.ShapeN(input=[x, tf.cast(y, F)], out_type=tf.int32)
            return {"a": a, "b": b}

        @function(spec([None], tf.int32, "s0"), spec([None], tf.int32, "s1"))
        def broadcast_gradient_args(self, s0, s1):
            r0, r1 = raw.BroadcastGradientArgs(s0=s0, s1=s1)
            return {"r0": r0, "r1": r1}

        @function(spec(None, name="x"), spec(None, name="y"))
        def batch_mat_mul(self, x, y):
            return {"z": raw.BatchMatMul(x=x, y=y, adj_x=False, adj_y=True)}

        @function(spec([3], name="grad"))
        def gradient_descent(self, grad):
            raw.ResourceApplyGradientDescent(var=self.w.handle, alpha=0.1, delta=grad, use_locking=False)
            return {"w": self.w.read_value()}

        @function(spec([3], name="grad"))
        def adam(self, grad):
            raw.ResourceApplyAdam(var=self.w.handle, m=self.m.handle, v=self.v.handle, beta1_power=0.9, beta2_power=0.999, lr=0.01, beta1=0.9, beta2=0.999, epsilon=1e-7, grad=grad)
            return {"w": self.w.read_value(), "m": self.m.read_value(), "v": self.v.read_value()}

    m = M()
    names = ["softsign", "shape_n", "broadcast_gradient_args", "batch_mat_mul", "gradient_descent", "adam"]
    tf.saved_model.save(m, path, signatures={n: getattr(m, n) for n in names})
    g = np.float32([1, -2, 0.5])
    return [case("softsign", {"x": np.float32([-3, 0, 0.5, np.inf])}, "softsign"),
            case("shape_n", {"x": floats(2, 0, 3), "y": np.int32(5)}, "shape_n"),
            case("broadcast_gradient_args", {"s0": np.int32([2, 1, 5]), "s1": np.int32([3, 5])}, "broadcast_gradient_args"),
            case("batch_mat_mul", {"x": floats(2, 3, 4), "y": floats(2, 5, 4)}, "batch_mat_mul"),
            case("gradient_descent", {"grad": g}, "gradient_descent"), case("adam", {"grad": g}, "adam")]
