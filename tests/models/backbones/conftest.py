import pytest

from tests.models.backbones.cases import CASES


@pytest.fixture(params=CASES)
def make(request):
    """A function of the output that makes a backbone."""
    return CASES[request.param]
