"""Write one model in several formats, and read each back. In: a model. Out: files, functions.

Kernels are rounded to bfloat16 first, which more than halves the Keras file. The exporters fold normalisation into them
and round to float16, so formats agree to about 0.001, not to the last digit. ``model.onnx`` is what this project itself
uses.
"""

import zipfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from helpers.system import suppress_stderr

#: File -> how it is told in tables. Those with int8 are kept only if they lose little.
FORMATS = {
    "model.keras": "Keras",
    "model.onnx": "ONNX, float16 weights",
    "model_int8.onnx": "ONNX, int8",
    "model.tflite": "LiteRT, float16 weights",
    "model_int8.tflite": "LiteRT, int8",
}
Reader = Callable[[np.ndarray], np.ndarray]


def rounded(model: keras.Model) -> keras.Model:
    """Round kernels to what bfloat16 can hold, in place."""
    for weight in model.trainable_variables:
        if len(weight.shape) > 1:
            weight.assign(keras.ops.cast(keras.ops.cast(weight, "bfloat16"), "float32"))
    return model


def write(model: keras.Model, folder: Path, examples: np.ndarray) -> None:
    """Write all formats.

    The model is in single precision, without augmentation. `examples` are faces (uint8, n x 48 x 48) from Training that
    show which values occur, for int8.
    """
    material = examples[..., None].astype(np.float32)
    model(material[:1])  # Keras exports only what was called
    with suppress_stderr():
        _write_keras(model, folder / "model.keras")
        _write_onnx(model, folder / "model.onnx", folder / "model_int8.onnx", material)
        _write_litert(model, folder / "model.tflite")
        _write_litert(model, folder / "model_int8.tflite", material)


def write_any_size(model: keras.Model, fixed: keras.Model, folder: Path) -> None:
    """Write a model that takes pictures of any size; `fixed` is the same for one size, for LiteRT."""
    picture = np.zeros((1, *fixed.input_shape[1:]), np.float32)
    model(picture)  # Keras exports only what was called
    fixed(picture)
    _write_keras(model, folder / "model.keras")
    write_onnx(model, folder / "model.onnx")
    _write_litert(fixed, folder / "model.tflite")


def write_onnx(model: keras.Model, path: Path) -> None:
    """Write an ONNX file, large weights in half precision; a model that was called once can be exported."""
    import onnx

    part = path.with_name(f"part-{path.name}")
    with suppress_stderr():
        model.export(part, format="onnx", verbose=False)
    onnx.save(_halved(onnx.load(part)), path)
    part.unlink()


def _write_keras(model: keras.Model, path: Path) -> None:
    """Save, and pack the archive: rounded weights leave much to save."""
    part = path.with_name(f"part-{path.name}")
    model.save(part)
    with zipfile.ZipFile(part) as loose, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, True, 9) as packed:
        for name in loose.namelist():
            packed.writestr(name, loose.read(name))
    part.unlink()


def _write_onnx(model: keras.Model, path: Path, small: Path, material: np.ndarray) -> None:
    import onnx
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    part = path.with_name(f"part-{path.name}")
    model.export(part, format="onnx", verbose=False)

    class Material(quantization.CalibrationDataReader):
        def __init__(self):
            name = onnx.load(part).graph.input[0].name
            self._left = iter([{name: face[None]} for face in material])

        def get_next(self):
            return next(self._left, None)

    prepared = path.with_name(f"prepared-{path.name}")
    quant_pre_process(part, prepared, skip_symbolic_shape=True)
    quantization.quantize_static(prepared, small, Material(), per_channel=True)
    onnx.save(_halved(onnx.load(part)), path)
    prepared.unlink()
    part.unlink()


def _halved(graph):
    """Keep large weights in half precision; the runtime turns them back once, when it loads."""
    import onnx

    kept, casts = [], []
    for weight in graph.graph.initializer:
        if weight.data_type != onnx.TensorProto.FLOAT or np.prod(weight.dims) < 1024:
            kept.append(weight)
            continue
        values = onnx.numpy_helper.to_array(weight).astype(np.float16)
        kept.append(onnx.numpy_helper.from_array(values, f"{weight.name}_half"))
        casts.append(onnx.helper.make_node("Cast", [f"{weight.name}_half"], [weight.name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.graph.node]
    del graph.graph.initializer[:], graph.graph.node[:]
    graph.graph.initializer.extend(kept)
    graph.graph.node.extend(nodes)
    onnx.checker.check_model(graph)
    return graph


def _write_litert(model: keras.Model, path: Path, material: np.ndarray | None = None) -> None:
    from tensorflow import float16, lite  # the one place that needs a certain library

    if material is None:
        more = {"target_spec": {"supported_types": [float16]}}
    else:
        more = {"representative_dataset": lambda: ([face[None]] for face in material)}
    model.export(path, format="litert", verbose=False, optimizations=[lite.Optimize.DEFAULT], **more)


def reader(path: Path) -> Reader:
    """Open a file of any format: a function from faces (n x 48 x 48) to probabilities."""
    return {".keras": _keras, ".onnx": _onnx, ".tflite": _litert}[path.suffix](path)


def _keras(path: Path) -> Reader:
    model = keras.models.load_model(path)
    return lambda faces: model.predict(faces[..., None], batch_size=512, verbose=0)


def _onnx(path: Path) -> Reader:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def read(faces: np.ndarray) -> np.ndarray:
        parts = np.split(faces[..., None], range(64, len(faces), 64))
        return np.concatenate([session.run(None, {name: part.astype(np.float32)})[0] for part in parts])

    return read


def _litert(path: Path) -> Reader:
    from ai_edge_litert.interpreter import Interpreter

    with suppress_stderr():
        interpreter = Interpreter(str(path), num_threads=2)
        interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    target = interpreter.get_output_details()[0]["index"]

    def read(faces: np.ndarray) -> np.ndarray:
        rows = []
        for face in faces[..., None].astype(np.float32):
            interpreter.set_tensor(source, face[None])
            interpreter.invoke()
            rows.append(interpreter.get_tensor(target)[0].copy())
        return np.array(rows)

    return read
