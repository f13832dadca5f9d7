"""Values of every message and statement, right and wrong, made from the limits of their types."""

import re
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

LONGEST = 60
"""Texts and bytes longer than this prove nothing more."""


def of(kind: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for the values that a type allows."""
    return _strategy(inspect.type_info(kind))


def right(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Return a strategy for structs of one kind, each field within its limits."""
    return st.fixed_dictionaries({field.name: _strategy(field.type) for field in fields(kind)}).map(
        lambda made: kind(**made)
    )


def fields(kind: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    """Return what is known about the fields of a struct."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return info.fields


def wrong(field: inspect.Field) -> list[Any]:
    """Return plain values that a field must not have: too much, too little, of another kind."""
    return [*_beyond(field.type), {"a": "map"}, 1.5]


def _beyond(info: inspect.Type) -> list[Any]:
    match info:
        case inspect.VarTupleType():
            return _beyond_many(info)
        case inspect.TupleType(item_types=items):
            return [[_sample(each) for each in items][:-1], [*map(_sample, items), "more"]]
        case inspect.UnionType(types=types):
            some = [each for each in types if not isinstance(each, inspect.NoneType)]
            return [value for each in some for value in _beyond(each) if value is not None]
        case inspect.BoolType():
            return [0, "yes", None]
        case inspect.EnumType() | inspect.LiteralType():
            return ["no such word", 7, None]
        case _:
            return _beyond_bounds(info)


def _beyond_bounds(info: inspect.Type) -> list[Any]:
    match info:
        case inspect.IntType(ge=least, le=most):
            beyond = [bound for bound in (_shifted(least, -1), _shifted(most, 1)) if bound is not None]
            return [*beyond, "1", None, True]
        case inspect.StrType(min_length=least, max_length=most):
            short = ["x" * (least - 1)] if least else []
            return [*short, *(["x" * (most + 1)] if most is not None else []), 7, None]
        case inspect.BytesType(min_length=least, max_length=most):
            short = [bytes(least - 1)] if least else []
            return [*([bytes(most + 1)] if most is not None else []), *short, 7, None]
        case _:
            return [7]


def _beyond_many(info: inspect.VarTupleType) -> list[Any]:
    inner = [[each] for each in _beyond(info.item_type)]
    many = [[_sample(info.item_type)] * (info.max_length + 1)] if info.max_length is not None else []
    return [*inner, *many, *([[]] if info.min_length else []), "x", None]


def _shifted(bound: int | None, by: int) -> int | None:
    return None if bound is None else bound + by


def _sample(info: inspect.Type) -> Any:
    """Return one plain value that is right."""
    match info:
        case inspect.EnumType(cls=kind):
            return next(iter(kind)).value
        case inspect.TupleType(item_types=items):
            return [_sample(each) for each in items]
        case _:
            return "x"


def _strategy(info: inspect.Type) -> st.SearchStrategy[Any]:
    match info:
        case inspect.IntType(ge=least, le=most):
            return st.integers(least, most)
        case inspect.StrType(pattern=str(pattern)):
            return _matching(pattern)
        case inspect.StrType(min_length=least, max_length=most):
            return st.text(min_size=least or 0, max_size=min(most or LONGEST, LONGEST))
        case inspect.BytesType(min_length=least, max_length=most):
            return st.binary(min_size=least or 0, max_size=max(least or 0, min(most or LONGEST, LONGEST)))
        case inspect.EnumType(cls=kind):
            return st.sampled_from(list(kind))
        case inspect.LiteralType(values=values):
            return st.sampled_from(values)
        case _:
            return _compound(info)


def _matching(pattern: str) -> st.SearchStrategy[str]:
    # Drawing a digest letter by letter would take most of the time.
    digest = re.fullmatch(r"\^\(?\[0-9a-f\]\{([0-9]+)\}(\)\?)?\\Z", pattern)
    if digest is None:
        return st.from_regex(pattern, fullmatch=True)
    size = int(digest[1]) // 2
    full = st.binary(min_size=size, max_size=size).map(bytes.hex)
    return st.one_of(st.just(""), full) if digest[2] else full


def _compound(info: inspect.Type) -> st.SearchStrategy[Any]:
    match info:
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
        case inspect.VarTupleType(min_length=least, max_length=most, item_type=item):
            return st.lists(_strategy(item), min_size=least or 0, max_size=min(most or 5, 8)).map(tuple)
        case inspect.TupleType(item_types=items):
            return st.tuples(*map(_strategy, items))
        case inspect.UnionType(types=types):
            return st.one_of(*map(_strategy, types))
        case inspect.StructType(cls=kind):
            return right(kind)
        case _:
            raise NotImplementedError(f"no values for {info}")
