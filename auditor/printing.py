"""How reports and lists are written, for people and for scripts.

What stands in evidence, or comes from a relay, may have been written by anybody:
on a terminal it must not move the cursor, hide, or look like our own verdict.
"""

import re
from datetime import UTC, datetime

import click
import msgspec

from auditor.findings import Report, Status, Step, Verdict
from auditor.relay_client import Listed
from session.plain import TEXT_LIMIT, display_name

MARKS = {Status.PASSED: ("✓", "green"), Status.SKIPPED: ("–", "yellow"), Status.FAILED: ("✗", "red")}

VERDICTS = {
    Verdict.VERIFIED: "Verified: this is what happened, and nothing is missing.",
    Verdict.CLOSED_ALONE: "Verified; the agent closed the session without the technician's signature.",
    Verdict.RECOVERED: "Verified; the agent broke off and closed the session later: its end is missing.",
    Verdict.UNPINNED: "Everything agrees, but under a root that nobody has called the organisation's. "
    "Compare it, then use --root or `byleave audit adopt`.",
    Verdict.FAILED: "NOT verified.",
}

_UNPRINTABLE = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f]")
"""What JSON allows in a string, but a terminal may obey."""


def plain(text: str) -> str:
    """Return a foreign text as one line that a terminal only shows."""
    return display_name(text, TEXT_LIMIT)


def moment(milliseconds: int | None) -> str:
    """Return a time as people read it, in UTC."""
    if milliseconds is None:
        return "-"
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def span(seconds: float) -> str:
    """Return a length of time as people read it."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
    )


def show_report(report: Report) -> None:
    """Write a report for people."""
    facts = report.facts
    click.secho(f"Session {plain(report.sid)}", bold=True)
    who = " · ".join(part for part in (facts.technician, facts.organisation) if part)
    if who:
        click.echo(f"  {plain(who)}")
    if facts.opened_ms is not None:
        ended = facts.closed_ms is not None
        end = f", {span(facts.duration_s)}, {plain(facts.reason)}" if ended else ", no end"
        click.echo(
            f"  {moment(facts.opened_ms)} UTC{end} · {facts.statements} statements, {facts.segments} segments"
        )
    for step in report.steps:
        _show_step(step)
    good = report.verdict in {Verdict.VERIFIED, Verdict.CLOSED_ALONE, Verdict.RECOVERED}
    colour = "green" if good else "yellow" if report.verdict is Verdict.UNPINNED else "red"
    click.secho(f"  {VERDICTS[report.verdict]}", fg=colour, bold=True)


def report_as_json(report: Report) -> dict[str, object]:
    """Return a report for scripts."""
    facts = report.facts
    return {
        "session": report.sid,
        "verdict": str(report.verdict),
        "verified": report.exit_code == 0,
        "exit_code": report.exit_code,
        "technician": facts.technician,
        "organisation": facts.organisation,
        "opened_ms": facts.opened_ms,
        "closed_ms": facts.closed_ms,
        "reason": facts.reason,
        "gap_ms": facts.gap_ms,
        "duration_s": facts.duration_s,
        "statements": facts.statements,
        "segments": facts.segments,
        "bytes": facts.size,
        "steps": [
            {
                "name": step.name,
                "status": str(step.status),
                "proves": step.proves,
                "skipped": step.skipped,
                "notes": step.notes,
                "findings": [
                    {
                        "failure": each.failure.word,
                        "code": each.failure.code,
                        "words": each.words,
                        "where": each.where,
                    }
                    for each in step.findings
                ],
            }
            for step in report.steps
        ],
    }


def write_json(value: object) -> None:
    """Write a value as indented JSON, which a terminal can show as well."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    click.echo(_UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def show_list(sessions: list[Listed]) -> None:
    """Write the relay's list for people, newest first."""
    if not sessions:
        click.echo("The relay keeps no session.")
        return
    click.secho(f"{'opened (UTC)':20} {'length':>10}  {'ended':12} {'technician':28} session", bold=True)
    for each in sessions:
        length = span((each.closed_ms - each.opened_ms) / 1000) if each.closed_ms is not None else "running"
        who, reason = plain(f"{each.technician} ({each.number})"), plain(each.reason or "-")
        click.echo(f"{moment(each.opened_ms):20} {length:>10}  {reason:12} {who:28} {plain(each.sid)}")


def _show_step(step: Step) -> None:
    mark, colour = MARKS[step.status]
    said = plain(step.skipped if step.status is Status.SKIPPED else step.proves)
    click.echo(f"  {click.style(mark, fg=colour)} {step.name:18} {said}")
    for finding in step.findings:
        where = f"{plain(finding.where)}: " if finding.where else ""
        click.secho(f"      {where}{plain(finding.words)} [{finding.failure.code}]", fg="red")
    for note in step.notes:
        click.secho(f"      {plain(note)}", dim=True)
