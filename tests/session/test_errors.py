"""The error tree: what is drawn is what is there, and each leaf has words of its own."""

import inspect
import re

import pytest

from session import errors
from session.errors import ByleaveError, OwnError, PeerError

CLASSES = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, ByleaveError)]


def drawn() -> list[tuple[int, str]]:
    """The tree of the module's docstring: depth and name, from top to bottom."""
    lines = (re.match(r"^ {4}([ │├└─]*)([A-Z]\w+)", line) for line in (errors.__doc__ or "").splitlines())
    return [(len(line[1]), line[2]) for line in lines if line]


def grown(kind: type[ByleaveError]) -> list[str]:
    """The tree of the code, in the order in which it is written; programs have branches of their own."""
    own = [below for below in kind.__subclasses__() if below.__module__ == errors.__name__]
    return [kind.__name__] + [name for below in own for name in grown(below)]


def test_the_tree_that_is_drawn_is_the_tree_that_is_there() -> None:
    assert [name for _, name in drawn()] == grown(ByleaveError)
    assert len(drawn()) == len(CLASSES)
    parents: dict[int, str] = {}
    for depth, name in drawn():
        above = [at for at in parents if at < depth]
        parents = {at: each for at, each in parents.items() if at < depth} | {depth: name}
        base = getattr(errors, name).__mro__[1]
        assert base.__name__ == (parents[max(above)] if above else "Exception")


def test_our_own_fault_and_the_peers_are_different_classes() -> None:
    for kind in CLASSES:
        assert (issubclass(kind, PeerError), issubclass(kind, OwnError)) in {
            (True, False),
            (False, True),
        } or (kind is ByleaveError)


def test_each_class_has_a_code_and_a_sentence_of_its_own() -> None:
    assert len({kind.code for kind in CLASSES}) == len(CLASSES)
    assert len({kind.sentence for kind in CLASSES}) == len(CLASSES)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_a_code_is_a_word_and_a_sentence_is_a_sentence(kind: type[ByleaveError]) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.code)
    assert kind.sentence.endswith(".")
    assert kind.sentence[0].isupper()
    assert str(kind("for the log")) == "for the log"


def test_a_refused_room_says_why() -> None:
    assert errors.RoomRefused("expired").reason == "expired"
