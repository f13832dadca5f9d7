"""Pictures that an agent could seal and sign, and that nobody can see."""

import msgspec

from auditor.findings import Failure
from session import sealing, statements
from session.statements import SealedObject, Segment, SessionStatement
from tests.auditor.story import whole_session
from tests.auditor.told import Make, report_of


def test_sealed_rubbish_is_found(make_world: Make) -> None:
    session = whole_session(make_world())
    rubbish = sealing.seal(b"\0" * 500, [session.recipients["main"]])
    name = "seg/000002.screen-0-0.jsonl.age"
    (session.spool.session / name).write_bytes(rubbish)

    def edit(values: list[SessionStatement]) -> list[SessionStatement]:
        found = values[2]
        assert isinstance(found, Segment)
        new = SealedObject("main", name, statements.digest(rubbish), len(rubbish))
        kept = tuple(new if item.name == name else item for item in found.objects)
        return [*values[:2], msgspec.structs.replace(found, objects=kept), *values[3:]]

    session.restamp(edit)
    report = report_of(session)
    assert report.exit_code == Failure.CONTENT.code
    assert report.findings[0].where.endswith(name)


def test_a_start_from_which_nothing_can_be_decoded_is_found(make_world: Make) -> None:
    session = whole_session(make_world())

    def edit(values: list[SessionStatement]) -> list[SessionStatement]:
        return [
            msgspec.structs.replace(value, start=value.seq)
            if isinstance(value, Segment) and value.start is not None
            else value
            for value in values
        ]

    session.restamp(edit)
    assert report_of(session).exit_code == Failure.CONTENT.code
