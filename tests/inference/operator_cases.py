"""Any call of each operator, drawn by hypothesis."""

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, mutually_broadcastable_shapes
import numpy as np
from numpy.typing import NDArray

from .graphs import LATEST, Case, tensor_type

type Array = NDArray[Any]
type Draw = Callable[[st.SearchStrategy[Any]], Any]

F32, F64 = np.dtype(np.float32), np.dtype(np.float64)
I32, I64, BOOL = np.dtype(np.int32), np.dtype(np.int64), np.dtype(np.bool)
ML = "ai.onnx.ml"


def values(draw: Draw, shape: tuple[int, ...], dtype: Any = F32) -> Array:
    """Return numbers between -4 and 4, some of them whole so that they are equal."""
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    if np.dtype(dtype) == BOOL:
        return rng.random(shape) < 0.5
    numbers = rng.uniform(-4, 4, shape)
    return np.where(rng.random(shape) < 0.3, np.rint(numbers), numbers).astype(dtype)


def any_shape(draw: Draw, least: int = 0, most: int = 4) -> tuple[int, ...]:
    """Return the shape of an array."""
    shape: tuple[int, ...] = draw(
        array_shapes(min_dims=least, max_dims=most, max_side=4)
    )
    return shape


def opset(draw: Draw, since: int) -> int:
    """Return a version of the operators."""
    number: int = draw(st.integers(since, LATEST))
    return number


def axis_of(draw: Draw, shape: tuple[int, ...], more: int = 0) -> int:
    """Return an axis, from the front or from the back."""
    axis: int = draw(st.integers(-len(shape) - more, len(shape) - 1 + more))
    return axis


def some(draw: Draw, **attributes: Any) -> dict[str, Any]:
    """Return some of the attributes: others are left at their default."""
    return {name: value for name, value in attributes.items() if draw(st.booleans())}


def unary(
    operator: str,
    dtypes: tuple[np.dtype[Any], ...] = (F32, F64),
    since: int = 13,
    result: np.dtype[Any] | None = None,
    **attributes: tuple[float, float],
) -> st.SearchStrategy[Case]:
    """Return calls with one input, and numbers as attributes within limits."""

    @st.composite
    def case(draw: Draw) -> Case:
        x = values(draw, any_shape(draw), draw(st.sampled_from(dtypes)))
        drawn = {
            name: draw(st.floats(*limits, width=32))
            for name, limits in attributes.items()
        }
        return Case(
            operator=operator,
            inputs=[x],
            attributes=some(draw, **drawn),
            opset=opset(draw, since),
            dtypes=[result or x.dtype],
        )

    return case()


def broadcasting(
    operator: str,
    count: int = 2,
    dtypes: tuple[np.dtype[Any], ...] = (F32, F64, I32, I64),
    since: int = 13,
    result: np.dtype[Any] | None = None,
) -> st.SearchStrategy[Case]:
    """Return calls with inputs that are stretched to one shape."""

    @st.composite
    def case(draw: Draw) -> Case:
        shapes = draw(
            mutually_broadcastable_shapes(num_shapes=count, max_dims=4, max_side=4)
        )
        dtype = draw(st.sampled_from(dtypes))
        return Case(
            operator=operator,
            inputs=[values(draw, shape, dtype) for shape in shapes.input_shapes],
            opset=opset(draw, since),
            dtypes=[result or dtype],
        )

    return case()


@st.composite
def positive(draw: Draw, operator: str) -> Case:
    """Return calls with one input that is above 0."""
    return Case(
        operator=operator,
        inputs=[np.abs(values(draw, any_shape(draw))) + np.float32(0.01)],
        opset=opset(draw, 13),
    )


@st.composite
def gelu(draw: Draw) -> Case:
    kind = draw(st.sampled_from(["none", "tanh"]))
    return Case(
        operator="Gelu",
        inputs=[values(draw, any_shape(draw))],
        attributes=some(draw, approximate=kind),
        opset=opset(draw, 20),
    )


@st.composite
def whole_division(draw: Draw) -> Case:
    dtype = draw(st.sampled_from((I32, I64)))
    return Case(
        operator="Div",
        inputs=[
            values(draw, any_shape(draw), dtype) * 3,
            np.array([draw(st.integers(1, 5))], dtype),
        ],
        constant=[1],
        opset=opset(draw, 7),
    )


@st.composite
def power(draw: Draw) -> Case:
    exponent = draw(st.sampled_from((F32, I64)))
    shape = any_shape(draw)
    return Case(
        operator="Pow",
        inputs=[
            np.abs(values(draw, shape)) + np.float32(0.1),
            np.clip(values(draw, shape), -2, 2).astype(exponent),
        ],
        opset=opset(draw, 15),
    )


@st.composite
def prelu(draw: Draw) -> Case:
    shape = any_shape(draw, 1)
    return Case(
        operator="PRelu",
        inputs=[
            values(draw, shape),
            values(draw, draw(st.sampled_from(((1,), shape)))),
        ],
        opset=opset(draw, 9),
    )


@st.composite
def where(draw: Draw) -> Case:
    shapes = draw(mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=4))
    dtype = draw(st.sampled_from((F32, I64)))
    condition, x, y = shapes.input_shapes
    return Case(
        operator="Where",
        inputs=[
            values(draw, condition, BOOL),
            values(draw, x, dtype),
            values(draw, y, dtype),
        ],
        opset=opset(draw, 9),
        dtypes=[dtype],
    )


@st.composite
def clip(draw: Draw) -> Case:
    x = values(draw, any_shape(draw), draw(st.sampled_from((F32, F64, I64))))
    bounds = [
        draw(st.sampled_from((None, np.array(bound, x.dtype)))) for bound in (-1, 2)
    ]
    return Case(operator="Clip", inputs=[x, *bounds], opset=opset(draw, 12))


@st.composite
def clip_by_attributes(draw: Draw) -> Case:
    return Case(
        operator="Clip",
        inputs=[values(draw, any_shape(draw))],
        attributes=some(draw, min=-1.5, max=0.5),
        opset=draw(st.integers(7, 10)),
    )


@st.composite
def cast(draw: Draw) -> Case:
    before, after = (draw(st.sampled_from((F32, F64, I32, I64, BOOL))) for _ in "ab")
    return Case(
        operator="Cast",
        inputs=[values(draw, any_shape(draw), before)],
        attributes={"to": tensor_type(after)},
        opset=opset(draw, 9),
        dtypes=[after],
    )


@st.composite
def reshape(draw: Draw) -> Case:
    shape = any_shape(draw)
    wanted = list(draw(st.permutations(shape)))
    if wanted and draw(st.booleans()):
        wanted[draw(st.integers(0, len(wanted) - 1))] = -1
    kept = draw(st.booleans()) and wanted and wanted[0] == shape[0]
    wanted = [0, *wanted[1:]] if kept else wanted
    return Case(
        operator="Reshape",
        inputs=[values(draw, shape), np.array(wanted, np.int64)],
        constant=draw(st.sampled_from(((), (1,)))),
        opset=opset(draw, 7),
    )


@st.composite
def flatten(draw: Draw) -> Case:
    shape = any_shape(draw, 1)
    axis = draw(st.integers(-len(shape), len(shape)))
    return Case(
        operator="Flatten",
        inputs=[values(draw, shape)],
        attributes=some(draw, axis=axis),
        opset=opset(draw, 11),
    )


@st.composite
def squeeze(draw: Draw) -> Case:
    shape = any_shape(draw, 1)
    axis = axis_of(draw, shape)
    shape = tuple(1 if at == axis % len(shape) else n for at, n in enumerate(shape))
    return _with_axes(draw, "Squeeze", values(draw, shape), [axis], needed=False)


@st.composite
def unsqueeze(draw: Draw) -> Case:
    shape = any_shape(draw, 1, 3)
    axes = draw(
        st.sampled_from(([0], [-1], [len(shape)], [0, len(shape) + 1], [-2, 0]))
    )
    return _with_axes(draw, "Unsqueeze", values(draw, shape), axes, needed=True)


def _with_axes(
    draw: Draw, operator: str, x: Array, axes: list[int], *, needed: bool
) -> Case:
    number = opset(draw, 11)
    given = needed or draw(st.booleans())
    if number >= 13:
        array = np.array(axes, np.int64)
        return Case(
            operator=operator, inputs=[x, array] if given else [x], opset=number
        )
    return Case(
        operator=operator,
        inputs=[x],
        attributes={"axes": axes} if given else {},
        opset=number,
    )


@st.composite
def transpose(draw: Draw) -> Case:
    shape = any_shape(draw, 1)
    axes = draw(st.permutations(range(len(shape))))
    return Case(
        operator="Transpose",
        inputs=[values(draw, shape)],
        attributes=some(draw, perm=axes),
        opset=opset(draw, 7),
    )


@st.composite
def concat(draw: Draw) -> Case:
    shape = any_shape(draw, 1)
    axis = axis_of(draw, shape)
    arrays = []
    for _ in range(draw(st.integers(1, 4))):
        lengths = list(shape)
        lengths[axis] = draw(st.integers(1, 4))
        arrays.append(values(draw, tuple(lengths)))
    return Case(
        operator="Concat",
        inputs=arrays,
        attributes={"axis": axis},
        opset=opset(draw, 11),
    )


@st.composite
def split(draw: Draw) -> Case:
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    shape = [*any_shape(draw, 1, 3)]
    axis = axis_of(draw, tuple(shape))
    shape[axis] = sum(sizes)
    number = opset(draw, 11)
    array, attributes = np.array(sizes, np.int64), {"axis": axis}
    x = values(draw, tuple(shape))
    inputs: list[Array | None] = [x]
    if number < 13:
        attributes |= {"split": sizes}
    else:
        inputs += [array]
    return Case(
        operator="Split",
        inputs=inputs,
        attributes=attributes,
        opset=number,
        dtypes=[F32] * len(sizes),
    )


@st.composite
def split_evenly(draw: Draw) -> Case:
    number, count = opset(draw, 11), draw(st.integers(2, 3))
    length = count * draw(st.integers(1, 3))
    shorter = number >= 18 and draw(st.booleans())
    return Case(
        operator="Split",
        inputs=[
            values(draw, (length - 1 if shorter and length > count else length, 2))
        ],
        attributes={"num_outputs": count} if number >= 18 else {},
        opset=number,
        dtypes=[F32] * count,
    )


@st.composite
def cut(draw: Draw) -> Case:
    shape = any_shape(draw, 1)
    axes = draw(st.permutations(range(len(shape))))
    axes = axes[: draw(st.integers(1, len(axes)))]
    dtype = draw(st.sampled_from((I32, I64)))
    start = st.integers(-6, 6) | st.sampled_from((2**31 - 1, -(2**31)))
    step = st.sampled_from((1, 1, 2, -1, -2))
    steps = [draw(step) for _ in axes]
    # Engines differ on what it means to go back as far as possible to the end.
    ends = [
        draw(st.integers(-6, 6) | st.just(2**31 - 1 if step > 0 else -(2**31)))
        for step in steps
    ]
    starts = [draw(start) for _ in axes]
    lists = (np.array(each, dtype) for each in (starts, ends, axes, steps))
    inputs = [values(draw, shape), *lists]
    most = 5 if draw(st.booleans()) or axes != list(range(len(axes))) else 3
    return Case(operator="Slice", inputs=inputs[:most], opset=opset(draw, 10))


@st.composite
def gather(draw: Draw) -> Case:
    shape = any_shape(draw, 1)
    axis = axis_of(draw, shape)
    length = shape[axis]
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    indices = rng.integers(-length, length, any_shape(draw, 0, 2))
    return Case(
        operator="Gather",
        inputs=[
            values(draw, shape),
            np.asarray(indices, draw(st.sampled_from((I32, I64)))),
        ],
        attributes={"axis": axis},
        opset=opset(draw, 11),
    )


@st.composite
def shape_of(draw: Draw) -> Case:
    number = opset(draw, 7)
    attributes = {"start": draw(st.integers(-5, 5)), "end": draw(st.integers(-5, 5))}
    return Case(
        operator="Shape",
        inputs=[values(draw, any_shape(draw))],
        attributes=some(draw, **attributes) if number >= 15 else {},
        opset=number,
        dtypes=[I64],
    )


@st.composite
def filled(draw: Draw) -> Case:
    from onnx import numpy_helper  # noqa: PLC0415 - the rest needs numpy alone

    dtype = draw(st.sampled_from((F32, I64, BOOL)))
    attributes = some(draw, value=numpy_helper.from_array(values(draw, (1,), dtype)))
    return Case(
        operator="ConstantOfShape",
        inputs=[np.array(any_shape(draw), np.int64)],
        attributes=attributes,
        opset=opset(draw, 9),
        dtypes=[dtype if attributes else F32],
    )


@st.composite
def expand(draw: Draw) -> Case:
    shapes = draw(mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=4))
    x, wanted = shapes.input_shapes
    return Case(
        operator="Expand",
        inputs=[values(draw, x), np.array(wanted, np.int64)],
        opset=opset(draw, 8),
    )


@st.composite
def gemm(draw: Draw) -> Case:
    rows, depth, columns = (draw(st.integers(1, 5)) for _ in "abc")
    across_a, across_b = draw(st.booleans()), draw(st.booleans())
    bias = draw(
        st.sampled_from(((), (1,), (columns,), (rows, 1), (rows, columns), None))
    )
    drawn = {"alpha": 0.5, "beta": -1.5}
    flags = {"transA": int(across_a), "transB": int(across_b)}
    return Case(
        operator="Gemm",
        inputs=[
            values(draw, (depth, rows) if across_a else (rows, depth)),
            values(draw, (columns, depth) if across_b else (depth, columns)),
            *(() if bias is None else (values(draw, bias),)),
        ],
        attributes=flags | some(draw, **drawn),
        opset=opset(draw, 11),
    )


@st.composite
def matmul(draw: Draw) -> Case:
    rows, depth, columns, batch = (draw(st.integers(1, 4)) for _ in "abcd")
    left = draw(st.sampled_from(((depth,), (rows, depth), (batch, rows, depth))))
    right = draw(st.sampled_from(((depth,), (depth, columns), (1, depth, columns))))
    dtype = draw(st.sampled_from((F32, F64, I64)))
    return Case(
        operator="MatMul",
        inputs=[values(draw, left, dtype), values(draw, right, dtype)],
        opset=opset(draw, 9),
    )


def reduction(
    operator: str, since: int, dtypes: tuple[np.dtype[Any], ...] = (F32,)
) -> st.SearchStrategy[Case]:
    """Return calls along axes, which are an input since a version."""

    @st.composite
    def case(draw: Draw) -> Case:
        shape = any_shape(draw, 1)
        dtype, number = draw(st.sampled_from(dtypes)), opset(draw, 11)
        axes = draw(st.lists(st.integers(0, len(shape) - 1), unique=True, max_size=3))
        axes = [axis - len(shape) if draw(st.booleans()) else axis for axis in axes]
        attributes: dict[str, Any] = some(draw, keepdims=draw(st.integers(0, 1)))
        inputs: list[Array | None] = [values(draw, shape, dtype)]
        if number >= since:
            inputs += [np.array(axes, np.int64)] if draw(st.booleans()) else []
            attributes |= some(draw, noop_with_empty_axes=draw(st.integers(0, 1)))
        elif axes:
            attributes["axes"] = axes
        return Case(
            operator=operator, inputs=inputs, attributes=attributes, opset=number
        )

    return case()


@st.composite
def arg_max(draw: Draw) -> Case:
    shape = any_shape(draw, 1)
    attributes = {"axis": axis_of(draw, shape), "keepdims": draw(st.integers(0, 1))}
    return Case(
        operator="ArgMax",
        inputs=[values(draw, shape)],
        attributes=some(draw, **attributes),
        opset=opset(draw, 11),
        dtypes=[I64],
    )


def along_axis(operator: str) -> st.SearchStrategy[Case]:
    """Return calls along one axis, or all from one on."""

    @st.composite
    def case(draw: Draw) -> Case:
        shape = any_shape(draw, 2)
        return Case(
            operator=operator,
            inputs=[values(draw, shape, draw(st.sampled_from((F32, F64))))],
            attributes=some(draw, axis=axis_of(draw, shape)),
            opset=opset(draw, 11),
        )

    return case()


@st.composite
def layer_normalization(draw: Draw) -> Case:
    shape = any_shape(draw, 1)
    axis = axis_of(draw, shape)
    scale = shape[axis % len(shape) :]
    bias = [values(draw, scale)] if draw(st.booleans()) else []
    return Case(
        operator="LayerNormalization",
        inputs=[values(draw, shape), values(draw, scale), *bias],
        attributes={"axis": axis} | some(draw, epsilon=1e-3),
        opset=opset(draw, 17),
    )


@st.composite
def batch_normalization(draw: Draw) -> Case:
    shape = any_shape(draw, 2, 3)
    count = (shape[1],)
    variance = np.abs(values(draw, count)) + np.float32(0.1)
    rest = [values(draw, count) for _ in range(3)]
    return Case(
        operator="BatchNormalization",
        inputs=[values(draw, shape), *rest, variance],
        attributes=some(draw, epsilon=1e-2, momentum=0.5),
        opset=opset(draw, 9),
    )


@st.composite
def scaler(draw: Draw) -> Case:
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    lists = {
        name: values(draw, (draw(st.sampled_from((1, columns))),)).tolist()
        for name in ("offset", "scale")
    }
    if len(lists["offset"]) != len(lists["scale"]):
        lists["offset"] = lists["scale"]
    return Case(
        operator="Scaler",
        inputs=[values(draw, (rows, columns), draw(st.sampled_from((F32, F64, I64))))],
        attributes=lists,
        domain=ML,
        dtypes=[F32],
    )


@st.composite
def normalizer(draw: Draw) -> Case:
    x = values(draw, (draw(st.integers(1, 4)), draw(st.integers(1, 4))))
    return Case(
        operator="Normalizer",
        inputs=[x * draw(st.sampled_from((np.float32(0), np.float32(1))))],
        attributes={"norm": draw(st.sampled_from(("L1", "L2")))},
        domain=ML,
    )


@st.composite
def imputer(draw: Draw) -> Case:
    x = np.rint(values(draw, (4, 3)))
    old = draw(st.sampled_from((1.0, float("nan"))))
    if draw(st.booleans()):
        x = np.where(x == 1, np.float32(np.nan), x)
    new = values(draw, (draw(st.sampled_from((1, 3))),)).tolist()
    return Case(
        operator="Imputer",
        inputs=[x],
        attributes={"imputed_value_floats": new, "replaced_value_float": old},
        domain=ML,
    )


@st.composite
def whole_imputer(draw: Draw) -> Case:
    return Case(
        operator="Imputer",
        inputs=[values(draw, (4, 3), I64)],
        attributes={"imputed_value_int64s": [7], "replaced_value_int64": 1},
        domain=ML,
    )


@st.composite
def linear_regressor(draw: Draw) -> Case:
    columns, targets = draw(st.integers(1, 6)), draw(st.integers(1, 3))
    bias = values(draw, (targets,)).tolist()
    return Case(
        operator="LinearRegressor",
        inputs=[values(draw, (draw(st.integers(1, 5)), columns))],
        attributes={"coefficients": values(draw, (columns * targets,)).tolist()}
        | {"targets": targets}
        | some(draw, intercepts=bias),
        domain=ML,
    )


@st.composite
def array_feature_extractor(draw: Draw) -> Case:
    shape = any_shape(draw, 1, 3)
    columns = draw(st.lists(st.integers(0, shape[-1] - 1), min_size=1, max_size=4))
    return Case(
        operator="ArrayFeatureExtractor",
        inputs=[
            values(draw, shape, draw(st.sampled_from((F32, I64)))),
            np.array(columns, np.int64),
        ],
        domain=ML,
    )


NUMBERS = (F32, F64, I32, I64)
CASES: Mapping[str, st.SearchStrategy[Case]] = {
    **{
        name: unary(name)
        for name in (
            *("Ceil", "Erf", "Exp", "Floor", "Reciprocal", "Round", "Sigmoid"),
            *("Softplus", "Softsign", "Tanh"),
        )
    },
    **{name: unary(name, NUMBERS) for name in ("Abs", "Neg", "Sign")},
    **{name: positive(name) for name in ("Log", "Sqrt")},
    **{name: broadcasting(name) for name in ("Add", "Mul", "Sub")},
    **{
        name: broadcasting(name, dtypes=NUMBERS, since=16, result=BOOL)
        for name in ("Greater", "GreaterOrEqual", "Less", "LessOrEqual")
    },
    **{
        name: broadcasting(name, dtypes=(BOOL,), since=7)
        for name in ("And", "Or", "Xor")
    },
    **{name: broadcasting(name, 3, (F32, F64)) for name in ("Max", "Min")},
    **{name: broadcasting(name, 3, (F32,)) for name in ("Mean", "Sum")},
    "Div": broadcasting("Div", dtypes=(F32, F64)),
    "Div of integers": whole_division(),
    "Dropout": unary("Dropout", (F32,), 12),
    "Elu": unary("Elu", (F32,), alpha=(0.5, 2)),
    "Equal": broadcasting("Equal", dtypes=(*NUMBERS, BOOL), result=BOOL),
    "Gelu": gelu(),
    "HardSigmoid": unary("HardSigmoid", (F32,), alpha=(0.125, 1), beta=(0.25, 1)),
    "HardSwish": unary("HardSwish", (F32,), 14),
    "Identity": unary("Identity", (*NUMBERS, BOOL)),
    "IsNaN": unary("IsNaN", result=BOOL),
    "LeakyRelu": unary("LeakyRelu", (F32,), alpha=(0.0, 0.5)),
    "Not": unary("Not", (BOOL,)),
    "PRelu": prelu(),
    "Pow": power(),
    "Relu": unary("Relu", NUMBERS, 14),
    "Selu": unary("Selu", (F32,), alpha=(1, 2), gamma=(0.5, 2)),
    "Where": where(),
    "Clip": clip(),
    "Clip by attributes": clip_by_attributes(),
    "Cast": cast(),
    "Concat": concat(),
    "ConstantOfShape": filled(),
    "Expand": expand(),
    "Flatten": flatten(),
    "Gather": gather(),
    "Reshape": reshape(),
    "Shape": shape_of(),
    "Slice": cut(),
    "Split": split(),
    "Split evenly": split_evenly(),
    "Squeeze": squeeze(),
    "Transpose": transpose(),
    "Unsqueeze": unsqueeze(),
    "ArgMax": arg_max(),
    "BatchNormalization": batch_normalization(),
    "Gemm": gemm(),
    "LayerNormalization": layer_normalization(),
    "LogSoftmax": along_axis("LogSoftmax"),
    "MatMul": matmul(),
    "ReduceL2": reduction("ReduceL2", 18),
    "ReduceMax": reduction("ReduceMax", 18, NUMBERS),
    "ReduceMean": reduction("ReduceMean", 18),
    "ReduceMin": reduction("ReduceMin", 18, NUMBERS),
    "ReduceProd": reduction("ReduceProd", 18),
    "ReduceSum": reduction("ReduceSum", 13, NUMBERS),
    "ReduceSumSquare": reduction("ReduceSumSquare", 18),
    "Softmax": along_axis("Softmax"),
    "ArrayFeatureExtractor": array_feature_extractor(),
    "Imputer": imputer(),
    "Imputer of integers": whole_imputer(),
    "LinearRegressor": linear_regressor(),
    "Normalizer": normalizer(),
    "Scaler": scaler(),
}
