"""Something in every table of Red property: a method, an entry that was ended, and a proposal."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import select

from core.clock import now, today
from core.db import db
from core.events.contract import Heard
from core.files.uploads import Upload
from core.organisations.models import Organisation
from core.testing.world import SYSTEM, District
from plugins.red_property import queries
from plugins.red_property.service import ledger, methods
from plugins.red_property.subscriptions import RESULT_ANNOUNCED, offer_for_result


def fill(district: District) -> None:
    """Leave a row in every table. A property company serves the first community already."""
    code = district.communities[0]
    district.enable("red_property", code)
    with district.entered():
        place, community = district.place(district.code).view, district.place(code).view
        document = next(m.document for m in methods.shipped() if m.key == "yantai_2022")
        method = methods.adopt(SYSTEM, place, document, today())
        company = db.session.execute(
            select(Organisation.id).where(Organisation.kind == queries.COMPANY).limit(1)
        ).scalar_one()
        items = {item.code: item.id for item in queries.items(method.id)}
        evidence = Upload("整改通知书.pdf", "application/pdf", b"%PDF-1.7\n%%EOF\n")
        entry = ledger.enter(
            SYSTEM, place, company, items["S4"], 0, today(), community.id, "业主举报属实", evidence
        )
        ledger.end(SYSTEM, place, entry.id, "rectified", "已整改")
        result = {
            "places": [str(community.id)],
            "ranks": [1],
            "vetoed": [False],
            "ends_on": today().isoformat(),
            "title": "年度社区评比",
        }
        offer_for_result(Heard(uuid4(), RESULT_ANNOUNCED, now(), community, result, SYSTEM))
