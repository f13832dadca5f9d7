"""The sealed files: none is missing, none was changed, none is used twice."""

import re

from auditor.case import Case
from auditor.findings import Failure, Step
from session.statements import Consented, SealedObject, Segment, SessionStatement

_PLACE = re.compile(r"seg/(\d{6})\.")
_STREAM = re.compile(r"(?:init/|seg/\d{6}\.)(screen|images|video)(-\d+-\d+)((?:-\d+)?)\.")
_OF_LINES = {"images": "these images were", "video": "this video was"}
_PADDED = re.compile(r"-0\d")
_KEYS = {"consent/": "consent", "sensitive": "sensitive"}
_EXPECTED = re.compile(r"allowed_signers|(seg|custody)/\d{6}\.(json(\.technician)?(\.sig)?|leaf)")


def check_objects(case: Case, step: Step) -> None:
    """Check size and SHA-256 of every object, and that each stands where it belongs."""
    seen: set[str] = set()
    streams: set[str] = set()
    for value, item in case.objects:
        path = case.path(item.name)
        for words in _misplaced(value, item, seen, streams):
            step.fail(Failure.OBJECT, words, path)
        seen.add(item.name)
        if item.name not in case.names:
            step.fail(Failure.OBJECT, "it is missing", path)
        elif case.names[item.name] != item.size:
            step.fail(Failure.OBJECT, f"it has {case.names[item.name]} bytes, not {item.size}", path)
        else:
            with step.expecting(Failure.OBJECT, path):
                if case.source.digest(path) != item.sha256:
                    step.fail(Failure.OBJECT, "it was changed: its digest is another", path)
    extra = [name for name in case.names if name not in seen and not _EXPECTED.fullmatch(name)]
    if extra:
        named = ", ".join(extra[:5]) + (" …" if len(extra) > 5 else "")
        step.note(f"{len(extra)} files belong to no statement and prove nothing: {named}")


def _misplaced(value: SessionStatement, item: SealedObject, seen: set[str], streams: set[str]) -> list[str]:
    """Return what is wrong with an object's name; remember the stream that it begins."""
    faults = []
    if item.name in seen:
        faults.append("two statements name it")
    if item.name.startswith("consent/") != isinstance(value, Consented):
        faults.append(f"it does not belong to a statement of type {value.KIND}")
    place = _PLACE.match(item.name)
    if place and int(place[1]) != value.seq:
        faults.append(f"statement {value.seq} names it")
    if item.key != _key(item.name):
        faults.append(f"it is said to be sealed to {item.key}")
    stream = _STREAM.match(item.name)
    if stream and isinstance(value, Segment):
        faults += _misplaced_pictures(value, item, stream, streams)
    return faults


def _misplaced_pictures(
    value: Segment, item: SealedObject, stream: re.Match[str], streams: set[str]
) -> list[str]:
    """Return what is wrong with pictures, with images, or with a part of a video among them."""
    faults = []
    kind, screen, video = stream[1], stream[2], stream[2] + stream[3]
    if item.name.startswith("init/"):
        streams.add(video)
    elif kind == "video" and video not in streams:
        faults.append("the start of its stream is missing")
    if kind != "screen" and not any(
        each.name.endswith(f".screen{screen}.jsonl.age") for each in value.objects
    ):
        faults.append(f"no picture says where {_OF_LINES[kind]} seen")
    if _PADDED.search(item.name):
        faults.append("its number is not written as it should be")
    if value.start is None or value.start > value.seq:
        faults.append("its statement does not say where decoding must start")
    return faults


def _key(name: str) -> str:
    return next((key for part, key in _KEYS.items() if part in name), "main")
