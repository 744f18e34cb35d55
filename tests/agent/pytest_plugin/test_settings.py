import pytest

from trueclick.agent.pytest_plugin.settings import parsed_size


def test_a_size_is_written_with_an_x() -> None:
    assert str(parsed_size("1280x800")) == "1280x800"
    assert str(parsed_size(" 640X480 ")) == "640x480"


@pytest.mark.parametrize(
    "said", ["", "12", "0x5", "-1x5", "1280x800x24", "٣x٤", "40000x2", 1280, None, "1e3x5"]
)
def test_a_size_that_is_none_is_told_with_the_value(said: object) -> None:
    with pytest.raises(pytest.UsageError, match="trueclick: ") as caught:
        parsed_size(said)
    assert repr(said) in str(caught.value)
    assert "\n" not in str(caught.value)
