from pyg_symbreak.equivariance import OrbitReport, Report, Witness


def test_texts():
    orbits = (OrbitReport((0,), "relu", True, None, None), OrbitReport(tuple(range(1, 9)), "tanh", False, None, None))
    witness = Witness("generator 0", 0, None, (1.0,), (0.0,), (-1.0,))
    report = Report("refuted", False, "It fails.", witness, ("do this", "or that"), None, orbits)
    assert not report
    assert str(report).splitlines() == [
        "not admissible (refuted): It fails.",
        "  witness: generator 0 at x = (1): f(Ax) = (0), but B f(x) = (-1); residual 1",
        "  orbit 0 [0]: relu passes",
        "  orbit 1 [1, 2, 3, 4, 5, 6]…: tanh fails",
        "  repair: do this",
        "  repair: or that",
    ]


def test_a_yes_is_true():
    assert Report("assumed", True, "It may.", None, (), None, ())
