"""``linli audit``: seal and verify the audit log."""

from __future__ import annotations

import re

import click

from core.audit import seal as sealing
from core.cli.context import application, in_tenant, json_option, show, tenant_of
from core.jobs import tasks

HEAD = re.compile(r"[0-9]{1,9}:[0-9a-f]{64}")


def _head(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not HEAD.fullmatch(value):
        raise click.BadParameter("give a head as it was printed, NUMBER:SEAL.")
    return value


@click.group()
def audit() -> None:
    """Seal and verify the audit log."""


@audit.command()
@click.argument("district")
@click.option(
    "--expect", metavar="NUMBER:SEAL", callback=_head, help="A head that was printed before."
)
@json_option
def verify(district: str, expect: str | None, as_json: bool) -> None:
    """Check every link of DISTRICT's chain; the status is 1 when one does not hold."""
    with in_tenant(district):
        report = sealing.verify(expect)
    broken = [{"entry": number, "reason": reason} for number, reason in report.broken]
    lines = [
        f"{report.sealed} sealed entries {'hold' if report.holds else 'DO NOT HOLD'},"
        f" {report.unsealed} not sealed yet, {report.erased_payloads} with erased payload.",
        f"Head: {report.head} (keep it elsewhere, and pass it as --expect next time)",
        *[f"entry {number}: {reason}" for number, reason in report.broken],
    ]
    show(
        {
            "holds": report.holds,
            "sealed": report.sealed,
            "unsealed": report.unsealed,
            "erased_payloads": report.erased_payloads,
            "head": report.head,
            "broken": broken,
        },
        as_json,
        "\n".join(lines),
    )
    if not report.holds:
        raise click.exceptions.Exit(1)


@audit.command()
@click.argument("district")
@json_option
def seal(district: str, as_json: bool) -> None:
    """Seal DISTRICT's entries now, instead of waiting for the job."""
    with application():
        tenant_id = tenant_of(district)
        total = tasks.seal_audit(tenant_id)
    show({"sealed": total}, as_json, f"{total} entries sealed.")
