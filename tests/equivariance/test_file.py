import numpy as np
import pytest

from pyg_symbreak.equivariance.file import read_representation_file


def test_reads_arrays_with_names(tmp_path):
    path = tmp_path / "some.npz"
    np.savez(path, generators=np.eye(2)[None], name=np.array("identity"))
    generators, lie_generators, name = read_representation_file(path)
    np.testing.assert_array_equal(generators, np.eye(2)[None])
    assert (lie_generators, name) == ([], "identity")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("some.txt", "", r"expected a '.json' or '.npz' file \(got 'some.txt'\)"),
        ("some.json", "{", r"expected readable generators in 'some.json' \(got: "),
        ("some.json", "[]", r"\(got: no object at the top\)"),
        ("some.json", "{}", r"expected 'generators', 'lie_generators' and 'name' in 'some.json' \(got \[\]\)"),
        ("some.json", '{"generators": [], "matrices": []}', r"\(got \['generators', 'matrices'\]\)"),
        ("some.json", '{"generators": 3}', "expected a list of matrices as 'generators'"),
        ("some.json", '{"generators": [[["1/0"]]]}', r"\(got: the number '1/0'\)"),
        ("some.json", '{"generators": [[["one"]]]}', "expected readable generators"),
        ("some.npz", "nothing", "expected readable generators in 'some.npz'"),
        ("some.npz", "", "expected readable generators in 'some.npz'"),
    ],
)
def test_refuses(tmp_path, name, text, message):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_representation_file(path)


def test_refuses_pickles(tmp_path):
    path = tmp_path / "some.npz"
    np.savez(path, generators=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="expected readable generators"):
        read_representation_file(path)


def test_refuses_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"expected a file .got .*nowhere.json., which does not exist"):
        read_representation_file(tmp_path / "nowhere.json")
