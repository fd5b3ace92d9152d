import pytest

from tests.transforms.cases import CASES


@pytest.fixture(params=CASES)
def name(request):
    return request.param
