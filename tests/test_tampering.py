"""Show 5 of the log: somebody with full rights on the database tampers with it, a thousand times."""

import os
import random
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection

from tests.forging import Forger, World, cut, deeds, edited, make_world, removed

SEED = os.environ.get("RELEASEGATE_SEED") or str(random.SystemRandom().randrange(10**9))


@pytest.fixture
def world(store_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = make_world(store_url, f"sqlite:///{tmp_path_factory.mktemp('other') / 'other.sqlite3'}")
    yield made
    made.engine.dispose()
    made.bench.gate.close()


@pytest.mark.counts
def test_r26_f125_to_f132_every_tamper_is_found_back_to_the_last_anchor(world: World, counts: Callable[[int], int]) -> None:
    """What lies after the anchor and was made to fit cannot be found; it is said not to be covered."""
    chance = random.Random(SEED)
    whole, position = world.under(lambda connection: None), world.anchor.position
    assert [((), position), ((), 0)] == [(each.faults, each.covered) for each in whole]

    for number, deed in zip(range(counts(1000)), deeds(chance), strict=False):
        after: list[bool] = []
        found, _ = world.under(lambda connection: after.append(deed(connection, chance, world)))  # noqa: B023 - called at once
        told = f"RELEASEGATE_SEED={SEED} no. {number}: {deed.__name__}"
        if after[0]:
            assert position == found.covered, told
        else:
            assert found.faults, told
        assert found.length == found.covered or found.since is not None or found.faults, told


def test_what_was_made_to_fit_is_found_by_the_anchor_alone(world: World) -> None:
    """So the forger of these tests is a good one: without an anchor a rewritten log and a cut one are sound."""
    for deed in (edited, removed, cut):
        early = next(seed for seed in range(99) if not _is_late(world, deed, seed))
        with_anchor, without = world.under(lambda connection: deed(connection, random.Random(early), world))  # noqa: B023

        assert with_anchor.faults
        assert (0, 0) == (without.covered, without.anchors)
    _, without = world.under(lambda connection: Forger(connection).write())
    assert () == without.faults


def _is_late(world: World, deed: Callable[[Connection, random.Random, World], bool], seed: int) -> bool:
    found: list[bool] = []
    world.under(lambda connection: found.append(deed(connection, random.Random(seed), world)))
    return found[0]
