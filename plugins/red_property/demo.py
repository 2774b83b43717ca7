"""Demo data of Red property: five companies of Xindu 新都区, graded by a shipped method."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import select

from core.sdk import DemoContext, Upload, coverage, db, today
from plugins.red_property import queries, service
from plugins.red_property.models import Method, MethodItem

DISTRICT, STREET = "510114", "510114001"
METHOD = "yantai_2022"
SERVED_FROM = date(2023, 1, 1)


class Given(NamedTuple):
    """An item of the method, its points in hundredths, and what it rests on."""

    code: str
    points: int
    basis: str


class Company(NamedTuple):
    """A made-up company, where it serves in Dafeng, and its items."""

    name: str
    credit_code: str
    serves: tuple[str, ...]
    given: tuple[Given, ...]


def _base(registered: int, staff: int, contracts: int) -> tuple[Given, ...]:
    return (
        Given("B1", registered, "企业填报，窗口核对"),
        Given("B2", staff, "社保缴纳记录"),
        Given("B3", contracts, "物业服务合同备案"),
    )


COMPANIES = (
    Company(
        "红湖物业服务有限公司（示例）",
        "91510114MA6TUT0013",
        ("510114001018", "510114001014"),
        (
            *_base(3000, 2000, 2800),
            Given("G4", 300, "新都区表彰决定（示例）"),
            Given("G7", 200, "党组织成立批复（示例）"),
            Given("D5", 300, "12345 热线回访记录（示例）"),
        ),
    ),
    Company(
        "锦城物业管理有限公司（示例）",
        "91510114MA6TUT0026",
        ("510114001018", "510114001009"),
        (
            *_base(3000, 2000, 3000),
            Given("G3", 500, "成都市表彰决定（示例）"),
            Given("G6", 300, "第三方满意度测评报告（示例）"),
        ),
    ),
    Company(
        "丰和物业服务有限公司（示例）",
        "91510114MA6TUT0039",
        ("510114001004", "510114001007", "510114001008"),
        (
            *_base(2800, 1600, 2600),
            Given("G9", 200, "参与社区共建活动"),
        ),
    ),
    Company(
        "甫家家园物业有限公司（示例）",
        "91510114MA6TUT004C",
        ("510114001009", "510114001010", "510114001011"),
        (
            *_base(2600, 1500, 2400),
            Given("D4", 500, "街道办事处督办单（示例）"),
        ),
    ),
    Company(
        "双林城市服务有限公司（示例）",
        "91510114MA6TUT005F",
        ("510114001012", "510114001013"),
        (
            *_base(2800, 1800, 2600),
            Given("S2", 0, "住建部门责令移交通知书（示例）"),
        ),
    ),
)
_PAPER = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
EVIDENCE = Upload("示例凭证.pdf", "application/pdf", _PAPER)


def fill(ctx: DemoContext) -> None:
    """Adopt the method, enter the companies and their items."""
    if ctx.district.code != DISTRICT:
        return
    if db.session.execute(select(Method.id).filter_by(place_id=ctx.district.id)).first():
        return
    for community in coverage("red_property", ctx.place(STREET)).missing:
        ctx.enable("red_property", community)
    document = next(one.document for one in service.methods.shipped() if one.key == METHOD)
    method = service.methods.adopt(ctx.actor, ctx.district, document, date(today().year, 1, 1))
    items = {item.code: item for item in queries.items(method.id)}
    clerk = ctx.person("housing", "唐宁", ctx.district, "staff")
    for company in COMPANIES:
        organisation = ctx.organisation(
            "property_company", company.name, company.credit_code, ctx.district
        )
        served = [ctx.place(code) for code in company.serves]
        for place in served:
            ctx.serve(organisation, place, SERVED_FROM)
        for given in company.given:
            item = items[given.code]
            service.ledger.enter(
                clerk,
                ctx.district,
                organisation.id,
                item.id,
                given.points,
                _day(item),
                served[0].id if not given.code.startswith("B") else None,
                given.basis,
                EVIDENCE if item.evidence_needed else None,
            )


def _day(item: MethodItem) -> date:
    """Items of the demo happened in the last weeks, whenever it is started."""
    return today() - timedelta(days=7 + item.position)
