"""``python -m bench``: measure, print one table, write ``bench/results/latest.json``."""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import ExitStack

from bench import (
    api,
    community,
    evaluation,
    hooks,
    jobs,
    ledger,
    onboarding,
    pages,
    red_property,
    report,
    round_trips,
    transactions,
    yardsticks,
)
from bench.figures import Row
from bench.site import servers, site
from core.places import divisions

TENANTS = 300


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="all districts, not only 300")
    full = parser.parse_args().full
    tenants = len(divisions.codes()) if full else TENANTS
    with ExitStack() as stack:
        at, home = stack.enter_context(servers())
        crowded = stack.enter_context(site(at, home, "linli_crowded"))
        empty = stack.enter_context(site(at, home, "linli_empty"))
        subject = community.prepare(crowded)
        rows: list[Row] = []
        _say(f"taking {tenants:,} districts on board" + ("" if full else "; --full takes all"))
        sample, others = onboarding.split(tenants)
        filled = onboarding.fill(crowded, others)
        rows += onboarding.compare(empty, crowded, sample, tenants)
        rows.append(filled)
        _say("counting round trips")
        rows += round_trips.measure(crowded, subject)
        _say("timing transactions")
        rows += transactions.measure(crowded)
        _say("calling hooks")
        rows += hooks.measure(crowded)
        _say("posting points and confirming hours")
        rows += ledger.measure(crowded)
        _say("computing a season")
        rows += evaluation.measure(crowded)
        _say("grading companies")
        rows += red_property.measure(crowded)
        _say("loading pages")
        yardsticks.prepare(crowded)
        rows += pages.measure(crowded, subject)
        _say("reading by API")
        rows += api.measure(crowded, subject)
        _say("running jobs")
        rows += jobs.measure(crowded)
        report.write(rows, crowded, full=full)
    print(report.show(rows))
    _say(f"written to {report.LATEST}")


def _say(what: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {what}", file=sys.stderr)


if __name__ == "__main__":
    main()
