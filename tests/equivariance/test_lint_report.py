from pyg_symbreak.equivariance.lint_report import Finding, LintReport, Problem

BIAS = Problem("bias", "refuted", "the bias is moved", "generator 0", ("bias=False",))
SLOPE = Problem("prelu", "not kept", "the slope may differ", "", ("share it", "freeze it"))


def test_a_table():
    report = LintReport(
        (Finding("first (Linear)", BIAS), Finding("act (PReLU)", SLOPE)), ("a", "b", "c"), ("d: yes",), ("e: no",)
    )
    assert str(report).splitlines() == [
        "3 places checked, 2 findings:",
        "first (Linear)  bias   refuted   the bias is moved",
        "  witness: generator 0",
        "  repair: bias=False",
        "act (PReLU)     prelu  not kept  the slope may differ",
        "  repair: share it",
        "  repair: freeze it",
        "assumed: d: yes",
        "not checked: e: no",
    ]
    assert (report.status, bool(report)) == (1, False)


def test_nothing_found():
    report = LintReport((), ("a",))
    assert str(report) == "1 place checked, nothing found."
    assert (report.status, bool(report)) == (0, True)


def test_one_finding_by_itself():
    assert str(Finding("a (PReLU)", SLOPE)).splitlines()[0] == "a (PReLU)  prelu  not kept  the slope may differ"
