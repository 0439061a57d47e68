"""What is advertised can be imported, and says so where it cannot."""

import importlib
import logging

import pytest
import structlog

import releasegate
from releasegate import model
from releasegate.diary import diary
from releasegate.gate import _to_log
from releasegate.model.alarm import Alarm


def test_every_advertised_name_can_be_imported() -> None:
    """The twelve names of the root, and the nouns."""
    assert sorted(releasegate.__all__) == dir(releasegate)
    assert all(getattr(releasegate, name) for name in releasegate.__all__)
    assert all(getattr(model, name) for name in model.__all__)


@pytest.mark.parametrize("place", ["releasegate", "releasegate.model"])
def test_a_name_that_is_not_there_is_said_by_name(place: str) -> None:
    """As Python says it."""
    with pytest.raises(AttributeError, match=f"module '{place}' has no attribute 'Gait'"):
        _ = importlib.import_module(place).Gait


def test_it_speaks_to_the_programs_log_and_never_to_stdout(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    """Unconfigured, structlog would print; what the program configured is used."""
    with caplog.at_level(logging.WARNING, logger="releasegate"):
        _to_log(Alarm(code="carried", to=("ben",), draft_id="d1", params={"kinds": "links", "saw": "a", "now": "b"}))

    assert ("", 1) == (capsys.readouterr().out, len(caplog.records))
    with structlog.testing.capture_logs() as told:
        structlog.configure(processors=structlog.get_config()["processors"])
        diary().warning("heard", draft="d1")
    structlog.reset_defaults()
    assert ["heard"] == [each["event"] for each in told]
