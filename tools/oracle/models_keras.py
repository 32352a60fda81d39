"""Keras 3 exports and SavedModels of tf_keras (Keras 2)."""
import numpy as np
import tensorflow as tf

from record import case

MODELS = {}


def model(build):
    MODELS[build.__name__] = build
    return build


def floats(*shape, seed=7):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def randomise(net, seed=11):
    """Statistics and biases that are not zeros and ones."""
    r = np.random.default_rng(seed)
    for w in net.weights:
        value = np.asarray(w)
        if value.dtype.kind == "f" and value.ndim == 1:
            w.assign(r.uniform(0.5, 1.5, value.shape).astype(value.dtype))


@model
def keras_dense(path):
    import keras
    net = keras.Sequential([keras.Input((4,), name="x"), keras.layers.Dense(8, activation="relu"), keras.layers.Dropout(0.5), keras.layers.Dense(3, activation="softmax")])
    randomise(net)
    net.export(path, verbose=False)
    return [case("three", {"x": floats(3, 4)}, "serving_default"), case("one", {"x": floats(1, 4)}, "serving_default"),
            case("call", {"inputs": floats(2, 4)}, function="serve", args=["inputs"])]


@model
def cnn(path):
    """An image classifier: convolution, depthwise convolution, batch norm, pooling; a second endpoint that gives labels."""
    import keras
    L = keras.layers
    x = image = keras.Input((16, 16, 3), name="image")
    x = L.Conv2D(8, 3, padding="same", use_bias=False)(x)
    x = L.BatchNormalization()(x)
    x = L.ReLU()(x)
    x = L.MaxPooling2D()(x)
    skip = x
    x = L.DepthwiseConv2D(3, padding="same", activation="relu6")(x)
    x = L.Add()([x, skip])
    x = L.GlobalAveragePooling2D()(x)
    net = keras.Model(image, L.Dense(4)(x))
    randomise(net)
    archive = keras.export.ExportArchive()
    archive.track(net)
    spec = [tf.TensorSpec([None, 16, 16, 3], tf.float32, name="image")]

    def classify(image):
        p = tf.nn.softmax(net(image, training=False))
        best, which = tf.math.top_k(p, 2)
        return {"labels": tf.gather(tf.constant(["cat", "dog", "car", "tree"]), which), "scores": best}

    archive.add_endpoint("serving_default", lambda image: {"logits": net(image, training=False)}, input_signature=spec)
    archive.add_endpoint("classify", classify, input_signature=spec)
    archive.write_out(path, verbose=False)
    return [case("logits", {"image": floats(2, 16, 16, 3)}, "serving_default"), case("labels", {"image": floats(2, 16, 16, 3)}, "classify")]


@model
def lstm_text(path):
    """Strings in: vectorisation with a vocabulary, embedding, bidirectional LSTM, GRU."""
    import keras
    L = keras.layers
    vectors = L.TextVectorization(max_tokens=20, output_sequence_length=6)
    vectors.adapt(np.array(["the cat sat on the mat", "the dog ate the cat", "a mat"]))
    text = keras.Input((1,), dtype="string", name="text")
    x = L.Embedding(20, 4, mask_zero=True)(vectors(text))
    x = L.Bidirectional(L.LSTM(3, return_sequences=True))(x)
    x = L.GRU(4)(x)
    net = keras.Model(text, L.Dense(2, activation="sigmoid")(x))
    net.export(path, verbose=False)
    return [case("words", {"text": np.array([["The cat!"], [""], ["a zebra ate the mat on the dog"]])}, "serving_default")]


@model
def transformer(path):
    """One encoder block: einsum, softmax with a mask, layer norm, gelu."""
    import keras
    L, ops = keras.layers, keras.ops
    ids = keras.Input((None,), dtype="int32", name="ids")
    mask = ops.expand_dims(ops.not_equal(ids, 0), 1)
    x = L.Embedding(30, 8)(ids)
    a = L.MultiHeadAttention(2, 4)(x, x, attention_mask=mask)
    x = L.LayerNormalization(epsilon=1e-6)(x + a)
    f = L.Dense(8)(L.Dense(16, activation="gelu")(x))
    x = L.LayerNormalization(epsilon=1e-6)(x + f)
    net = keras.Model(ids, {"sequence": x, "pooled": ops.mean(x, axis=1)})
    net.export(path, verbose=False)
    return [case("run", {"ids": np.int32([[5, 6, 7, 0], [1, 2, 0, 0]])}, "serving_default")]


@model
def keras2_multi_io(path):
    """tf_keras: two inputs, two outputs, optimizer slots, keras_metadata.pb, call_and_return functions."""
    import tf_keras as keras
    keras.utils.set_random_seed(5)
    L = keras.layers
    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    h = L.Dense(4, activation="elu", name="hidden")(L.Concatenate()([a, b]))
    h = L.BatchNormalization(name="norm")(h)
    net = keras.Model([a, b], {"score": L.Dense(1, name="score")(h), "kind": L.Dense(3, activation="softmax", name="kind")(h)})
    net.compile(keras.optimizers.Adam(0.01), loss={"score": "mse", "kind": "categorical_crossentropy"})
    x = {"a": floats(8, 3), "b": floats(8, 2)}
    net.fit(x, {"score": floats(8, 1), "kind": np.eye(3, dtype=np.float32)[np.arange(8) % 3]}, epochs=2, verbose=0, shuffle=False)
    net.save(path, save_format="tf")
    return [case("run", {"a": floats(2, 3, seed=1), "b": floats(2, 2, seed=2)}, "serving_default")]


@model
def keras2_sequential(path):
    """tf_keras: preprocessing layers, a lookup with its vocabulary, SimpleRNN."""
    import tf_keras as keras
    keras.utils.set_random_seed(5)
    L = keras.layers
    words = keras.Input((4,), dtype=tf.string, name="words")
    lookup = L.StringLookup(vocabulary=["red", "green", "blue"], mask_token="")
    x = L.Embedding(5, 3, mask_zero=True)(lookup(words))
    x = L.SimpleRNN(4)(x)
    net = keras.Model(words, L.Dense(2)(x))
    net.save(path, save_format="tf", include_optimizer=False)
    return [case("run", {"words": np.array([["red", "blue", "pink", ""], ["green", "", "", ""]])}, "serving_default")]


@model
def mixed_precision(path):
    """float16 inside, float32 at the borders; bfloat16 in one layer."""
    import keras
    L = keras.layers
    x = inp = keras.Input((6,), name="x")
    x = L.Dense(8, activation="relu", dtype="mixed_float16")(x)
    x = L.Dense(8, dtype="mixed_bfloat16")(x)
    net = keras.Model(inp, L.Dense(2, dtype="float32")(x))
    net.export(path, verbose=False)
    return [case("run", {"x": floats(3, 6)}, "serving_default", rtol=0.02, atol=0.02)]
