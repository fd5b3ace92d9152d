import functools
import math
import re

import pytest
import sympy
import torch
import torch.nn.functional as F
from torch import nn

from pyg_symbreak.equivariance.constructors import coset_space, cyclic, cyclic_plane, sign, special_orthogonal, trivial
from pyg_symbreak.equivariance.decision import admissible
from pyg_symbreak.equivariance.multiplier import Multiplier
from pyg_symbreak.equivariance.registry import FUNCTIONS, MODULES, multiplier_of, register_activation
from tests.equivariance.probing import agrees

MADE = {
    nn.Threshold: lambda: nn.Threshold(0.5, 1.0),
    nn.MultiheadAttention: lambda: nn.MultiheadAttention(4, 2),
    nn.LayerNorm: lambda: nn.LayerNorm(3),
    nn.GroupNorm: lambda: nn.GroupNorm(1, 3),
    nn.RMSNorm: lambda: nn.RMSNorm(3),
}
PLAIN = [function for function, name in FUNCTIONS.items() if name not in ("threshold", "prelu", "pow")]
NOT_POINTWISE = {"GLU", "MultiheadAttention", "Softmin", "Softmax", "Softmax2d", "LogSoftmax"}
# How e3nn's Activation types functions of odd scalars (irrep 0o): an odd function keeps the irrep, an even one makes it
# 0e, and any other raises an error about violated parity.
E3NN_PARITY = {torch.tanh: -1, torch.sin: -1, torch.abs: 1, torch.cos: 1, F.relu: 0, F.silu: 0, torch.sigmoid: 0}
# What escnn's representations list as supported: "pointwise" for trivial, regular and quotient representations, and not
# for other irreps. The functions behind that word:
ESCNN_POINTWISE = ("relu", "elu", "leaky_relu", "sigmoid", "tanh")


def test_all_activations_of_torch_are_known():
    missing = [name for name in nn.modules.activation.__all__ if getattr(nn, name) not in MODULES]
    assert missing == []


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("kind", MODULES, ids=lambda kind: kind.__name__)
def test_all_modules_agree_with_their_numbers(kind, training):
    module = MADE.get(kind, kind)().train(training)
    made = multiplier_of(module)
    assert made.exact
    if made.pointwise:
        assert agrees(made, made.function)
        x = torch.randn(2, 3, 4, 4, 4)[: None if kind is nn.Dropout3d else 1].double()
        x = x[0, 0] if kind is nn.Dropout1d else x[0] if kind is nn.Dropout2d else 30 * x
        torch.testing.assert_close(made.function(x), module.double()(x).detach())
    else:
        chance = training and ("Dropout" in kind.__name__ or kind is nn.RReLU)
        assert chance or kind.__name__ in NOT_POINTWISE or kind.__name__.endswith("Norm")


def readable(function):
    """A name that is the same in every process: no address, no order of a set."""
    return re.sub(r"[<>']| at 0x\w+| object(s)?", "", str(function))


@pytest.mark.parametrize(
    "function",
    sorted((f for f in FUNCTIONS if FUNCTIONS[f] not in ("threshold", "prelu", "pow")), key=readable),
    ids=readable,
)
def test_all_functions_agree_with_their_numbers(function):
    made = multiplier_of(function)
    if made.pointwise and made.name not in ("clamp", "dropout", "alpha_dropout", "rrelu"):
        assert agrees(made, lambda x: function(x.clone()))


def test_common_functions_are_known():
    for function in (torch.relu, F.relu, F.relu_, torch.tanh, F.tanh, torch.erf, torch.special.erf, torch.arctan):
        assert multiplier_of(function).exact
    assert multiplier_of(F.softmax).pointwise is False
    assert multiplier_of(torch.Tensor.relu).name == "relu"


@pytest.mark.parametrize("function", E3NN_PARITY, ids=lambda f: f.__name__)
def test_parities_of_e3nn(function):
    made = multiplier_of(function)
    assert (int(made.character(-1)) if made.contains(-1) else 0) == E3NN_PARITY[function]
    odd, even = sign(2), trivial(1, num_generators=2)
    assert admissible(made, odd, odd).admissible is (E3NN_PARITY[function] == -1)
    assert admissible(made, odd, even).admissible is (E3NN_PARITY[function] == 1)


@pytest.mark.parametrize("name", ESCNN_POINTWISE)
def test_supported_nonlinearities_of_escnn(name):
    made = multiplier_of(name)
    quotient = coset_space([[1, 2, 3, 0]], [[2, 3, 0, 1]])
    for representation in (trivial(1), cyclic(4), quotient):
        assert admissible(made, representation).admissible
    for plane in (cyclic_plane(3), cyclic_plane(5), special_orthogonal(2)):
        assert not admissible(made, plane).admissible


def test_hyper_parameters_decide():
    kinds = {
        nn.Hardtanh(-2, 2): "sign",
        nn.Hardtanh(-2, 1): "trivial",
        nn.Hardtanh(0, math.inf): "positive",
        nn.LeakyReLU(1.0): "all",
        nn.LeakyReLU(-1.0): "all",
        nn.LeakyReLU(0.2): "positive",
        nn.ELU(0.0): "positive",
        nn.Softshrink(0.0): "all",
        nn.Threshold(0.0, 0.0): "positive",
        nn.Dropout(0.0): "all",
    }
    assert [multiplier_of(module).group.kind for module in kinds] == list(kinds.values())
    assert multiplier_of(nn.LeakyReLU(1.0)).affine == (1, 0)
    assert multiplier_of(nn.LeakyReLU(-1.0)).affine is None


def test_prelu_is_read_as_it_is_now():
    module = nn.PReLU(3)
    assert multiplier_of(module).parts == ()
    with torch.no_grad():
        module.weight[1] = 0.7
    assert len(multiplier_of(module).parts) == 3


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("relu", "positively homogeneous of degree 1"),
        ("ReLU", "positively homogeneous of degree 1"),
        ("swish", "neither odd, even nor homogeneous"),
        ("LeakyReLU(0.2)", "positively homogeneous of degree 1"),
        ("leaky_relu(negative_slope=-1)", "even and homogeneous of degree 1"),
        ("Hardtanh(-3, 3)", "odd, not homogeneous"),
        ("clamp(min=-3, max=2)", "neither odd, even nor homogeneous"),
        ("Softmax(dim=-1)", "its output depends on other entries"),
        (" tanh ", "odd, not homogeneous"),
        ("arcsinh", "odd, not homogeneous"),
    ],
)
def test_names(name, reason):
    assert multiplier_of(name).reason == reason


def test_bound_hyper_parameters():
    assert multiplier_of(functools.partial(F.leaky_relu, negative_slope=1.0)).affine == (1, 0)
    assert multiplier_of(functools.partial(torch.clamp, min=0)).group.kind == "positive"
    assert multiplier_of(F.threshold, threshold=0, value=0).group.kind == "positive"


class Swish(nn.Module):
    def __init__(self, odd=False):
        super().__init__()
        self.beta = nn.Parameter(torch.tensor(1.7))
        self.odd = odd

    def forward(self, x):
        return x.tanh() * self.beta if self.odd else x * torch.sigmoid(self.beta * x)


class Liar(nn.ReLU):
    def forward(self, x):
        return torch.tanh(x)


def test_black_boxes_are_assumed():
    for module, passing in ((Swish(), False), (Swish(odd=True), True), (Liar(), True)):
        made = multiplier_of(module)
        assert not made.exact
        assert made.contains(-1) is passing
        assert not made.contains(2)
    hooked = nn.ReLU()
    hooked.register_forward_hook(lambda module, inputs, output: output + 1)
    assert not multiplier_of(hooked).exact
    assert not multiplier_of(nn.Sequential(nn.Tanh(), nn.Tanh())).exact
    assert multiplier_of(nn.Sequential(nn.Tanh(), nn.Identity())).exact
    assert multiplier_of(lambda x: x.clamp(min=0)).name == "a lambda"


def test_a_black_box_is_left_as_it_was():
    module = Swish().float()
    state = torch.random.get_rng_state()
    multiplier_of(module)
    assert module.beta.dtype == torch.float32
    assert torch.equal(state, torch.random.get_rng_state())


class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x):
        self.calls += 1
        return x * self.calls


@pytest.mark.parametrize(
    ("activation", "message"),
    [
        (Counter(), "expected a function without state or chance .got Counter, whose output changes from call to call"),
        (nn.BatchNorm1d(3), "expected a function without state or chance .got BatchNorm1d, which remembers statistics"),
        (nn.BatchNorm1d(3).eval(), "remembers statistics"),
        (nn.InstanceNorm1d(3), "remembers statistics"),
        (nn.Linear(3, 3), "got Linear, which fails on some shapes"),
        (
            lambda x: x / x.norm(),
            "expected a function of one entry at a time .got a lambda, whose output depends on other",
        ),
        (torch.log, "expected a function that is defined on all real numbers .got log, which has no value at"),
        ("no_such_function", "expected the name of a function or a module of torch, .*got 'no_such_function'"),
        ("x + 1", "expected the name of a function"),
        ("", "expected the name of a function"),
        ("relu(slope=2)", "expected hyper-parameters of 'relu'"),
        ("Threshold", "expected the arguments of 'Threshold'"),
        ("threshold", "expected hyper-parameters of 'threshold'"),
        (F.threshold, "expected hyper-parameters of 'threshold'"),
    ],
)
def test_refused(activation, message):
    with pytest.raises(ValueError, match="'multiplier_of' .*" + message):
        multiplier_of(activation)


def test_not_even_callable():
    with pytest.raises(TypeError, match=r"expected a module, a function, a name or a sympy expression \(got int\)"):
        multiplier_of(3)


def test_expressions_and_multipliers():
    x = sympy.Symbol("x")
    assert multiplier_of(x**3).character(-2) == -8
    made = Multiplier.odd("sin", torch.sin)
    assert multiplier_of(made) is made


def test_registering():
    class Cube(nn.Module):
        def forward(self, x):
            return x**3

    def waves(x):
        return x * (1 + 0.5 * torch.sign(x) * torch.sin(math.pi * torch.log2(x.abs().clamp(min=1e-300))))

    register_activation(Cube, lambda module: Multiplier.homogeneous("cube", module, 3, -1))
    register_activation(waves, Multiplier.multiplicative("waves", waves, -2))
    assert multiplier_of(Cube()).exact
    assert multiplier_of(Cube()).character(2) == 8
    assert str(multiplier_of(waves).group) == "⟨−2⟩"
    with pytest.raises(TypeError, match="'register_activation' expected a function or a class"):
        register_activation("relu", made := Multiplier.odd("sin", torch.sin))
    with pytest.raises(TypeError, match="'register_activation' expected a Multiplier or a maker"):
        register_activation(waves, made.name)
