"""Demo data of Volunteer: a year's activities in the communities of Dafeng Street 大丰街道."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import select

from core.sdk import DISTRICT_ZONE, DemoContext, PlaceView, attempt, coverage, db, new_id, today
from plugins.volunteer.models import Activity, Attendance, Volunteer
from plugins.volunteer.service import activities as verbs
from plugins.volunteer.service import hours, people

STREET = "510114001"
TITLES = ("楼道清洁日", "陪伴独居老人", "垃圾分类劝导", "暑期儿童看护", "金秋助老义诊")
SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡"
GIVEN_NAMES = ("秀英", "建国", "桂兰", "志强", "小梅")
HOURS = (2, 3, 4)
TO_COME = {
    "title": "清扫庭院，共建家园",
    "description": "和邻居们一起清扫庭院，工具由社区提供。",
    "location": "红湖公园城 3 栋门口",
    "organiser": "崇义社区居委会",
    "risks": "地面湿滑，请穿防滑鞋。",
    "capacity": 30,
}


def fill(ctx: DemoContext) -> None:
    """Enter, for each community of the street, activities of this year with confirmed hours."""
    if not STREET.startswith(ctx.district.code):
        return
    street = ctx.place(STREET)
    for number, community in enumerate(coverage("volunteer", street).missing):
        if _was_filled(community):
            continue
        ctx.enable("volunteer", community)
        _year(ctx, community, number)
        if community.code.endswith("018"):
            _to_come(ctx, community)


def _was_filled(community: PlaceView) -> bool:
    """Whether an earlier start was here; the community may have switched it off since."""
    found = select(Activity.id).filter_by(place_id=community.id).limit(1)
    return db.session.execute(found).first() is not None


def _year(ctx: DemoContext, community: PlaceView, number: int) -> None:
    """Five activities of the year's past months, each with some of five volunteers."""
    helpers = _helpers(ctx, community, number)
    day = today()
    for index, title in enumerate(TITLES[: day.month]):
        month = max(1, day.month - 1 - 2 * index)
        held = datetime.combine(day.replace(month=month, day=1), time(9), tzinfo=DISTRICT_ZONE)
        if held.date() >= day:
            continue
        present = 2 + (number + index) % 4
        length = timedelta(hours=HOURS[(number + 2 * index) % len(HOURS)])
        _activity(ctx, community, title, held, length, helpers[:present])


def _helpers(ctx: DemoContext, community: PlaceView, number: int) -> list[Volunteer]:
    with attempt(
        ctx.actor,
        "volunteer.sign_up.create",
        object_type="volunteer.person",
        object_id=community.id,
        place_code=community.code,
    ):
        return [
            people.entered(
                community, SURNAMES[number % len(SURNAMES)] + given, f"137{number:04}{index:04}"
            )
            for index, given in enumerate(GIVEN_NAMES)
        ]


def _activity(
    ctx: DemoContext,
    community: PlaceView,
    title: str,
    held: datetime,
    length: timedelta,
    helpers: list[Volunteer],
) -> None:
    """An activity that is over: nobody can enter one afterwards, so its rows are written here."""
    activity = Activity(
        id=new_id(),
        place_id=community.id,
        title=title,
        description="社区组织的志愿服务活动。",
        location=f"{community.name}党群服务中心",
        organiser=community.name,
        risks="请注意安全。",
        starts_at=held,
        ends_at=held + length,
        capacity=30,
        status="published",
        published_at=held - timedelta(days=7),
    )
    with attempt(
        ctx.actor,
        "volunteer.activity.create",
        object_type="volunteer.activity",
        object_id=activity.id,
        place_code=community.code,
    ) as act:
        act.after = {"title": title}
        db.session.add(activity)
        db.session.flush()
        db.session.add_all(
            Attendance(
                id=new_id(),
                activity_id=activity.id,
                volunteer_id=helper.id,
                served_on=held.date(),
                checked_in_at=held,
                checked_out_at=held + length,
                how="staff",
            )
            for helper in helpers
        )
        db.session.flush()
    hours.confirm_waiting(ctx.actor, community, activity.id)


def _to_come(ctx: DemoContext, community: PlaceView) -> None:
    begins = datetime.combine(today() + timedelta(days=10), time(9), tzinfo=DISTRICT_ZONE)
    data = {**TO_COME, "starts_at": begins, "ends_at": begins + timedelta(hours=2)}
    activity = verbs.create(ctx.actor, community, data)
    verbs.publish(ctx.actor, community, activity.id)
