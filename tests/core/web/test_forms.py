"""Forms: what a schema shows, what a user may type, and what a refusal says."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask_babel import Babel, lazy_gettext
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError, fields, validate, validates_schema
from werkzeug.datastructures import MultiDict

from core.web.forms import Form, FormSchema


class Level(Enum):
    LOW = "low"
    HIGH = "high"


class Activity(FormSchema):
    title = fields.String(
        required=True,
        validate=validate.Length(max=10),
        metadata={"label": "Title", "help": "Short."},
    )
    kind = fields.String(
        required=True,
        validate=validate.OneOf(["a", "b"], ["Air", "Bed"]),
        metadata={"label": "Kind"},
    )
    starts_at = fields.AwareDateTime(required=True, metadata={"label": "Start"})
    ends_at = fields.AwareDateTime(allow_none=True, metadata={"label": "End"})
    day = fields.Date(metadata={"label": "Last day"})
    people = fields.Integer(
        load_default=20,
        validate=validate.Range(min=1, max=500),
        metadata={"label": "People", "unit": "persons"},
    )
    price = fields.Decimal(validate=validate.Range(min=0), metadata={"label": "Price"})
    phone = fields.String(
        validate=validate.Regexp(r"1\d{10}$"), metadata={"label": "Phone", "widget": "tel"}
    )
    note = fields.String(allow_none=True, metadata={"label": "Note", "widget": "textarea"})
    secret = fields.String(load_only=True, metadata={"label": "Secret", "widget": "password"})
    public = fields.Boolean(load_default=True, metadata={"label": "Public"})
    level = fields.Enum(Level, metadata={"label": "ID level"})
    source = fields.String(metadata={"widget": "hidden"})

    @validates_schema
    def ends_later(self, data, **_kwargs):
        if data.get("ends_at") and data["ends_at"] <= data["starts_at"]:
            raise ValidationError("It ends before it starts.", "ends_at")


TYPED = {"title": "Trees", "kind": "a", "starts_at": "2026-11-21T14:05"}
STARTS = datetime(2026, 11, 21, 6, 5, tzinfo=UTC)


def errors_of(**typed: str) -> dict[str, list[str]]:
    form = Form.build(Activity)
    assert form.load({**TYPED, **typed}) is None
    return {item.name: item.errors for item in form if item.errors}


def test_fields_stand_in_the_order_of_the_schema_with_their_widgets() -> None:
    assert [(item.name, item.widget) for item in Form.build(Activity)] == [
        ("title", "text"),
        ("kind", "select"),
        ("starts_at", "datetime-local"),
        ("ends_at", "datetime-local"),
        ("day", "date"),
        ("people", "number"),
        ("price", "number"),
        ("phone", "tel"),
        ("note", "textarea"),
        ("secret", "password"),
        ("public", "checkbox"),
        ("level", "select"),
        ("source", "hidden"),
    ]


def test_a_field_shows_what_the_schema_says_about_it() -> None:
    form = Form.build(Activity)
    title, kind, people, price = (form[name] for name in ("title", "kind", "people", "price"))
    assert (title.id, title.label, title.help, title.required, title.maxlength) == (
        "field-title", "Title", "Short.", True, 10,
    )  # fmt: skip
    assert kind.options == (("a", "Air"), ("b", "Bed"))
    assert (people.value, people.unit, people.min, people.max, people.step) == (
        "20", "persons", "1", "500", "1",
    )  # fmt: skip
    assert (price.min, price.max, price.step) == ("0", None, "any")
    assert form["level"].options == (("LOW", "LOW"), ("HIGH", "HIGH"))
    assert form["public"].value is True


def test_what_is_edited_is_shown_as_it_would_be_typed() -> None:
    form = Form.build(
        Activity,
        {
            "title": "Trees",
            "starts_at": STARTS,
            "ends_at": None,
            "day": date(2026, 11, 20),
            "people": 3,
            "price": Decimal("1E+2"),
            "public": False,
            "level": Level.HIGH,
            "secret": "s3cret",
        },
    )
    assert {item.name: item.value for item in form} == {
        "title": "Trees",
        "kind": "",
        "starts_at": "2026-11-21T14:05",
        "ends_at": "",
        "day": "2026-11-20",
        "people": "3",
        "price": "100",
        "phone": "",
        "note": "",
        "secret": "",
        "public": False,
        "level": "HIGH",
        "source": "",
    }


def test_a_good_form_gives_the_values_of_the_schema() -> None:
    form = Form.build(Activity)
    typed = {**TYPED, "day": "2026-11-20", "price": "12.50", "public": "on", "level": "LOW"}
    assert form.load(typed) == {
        "title": "Trees",
        "kind": "a",
        "starts_at": STARTS,
        "ends_at": None,
        "day": date(2026, 11, 20),
        "people": 20,
        "price": Decimal("12.50"),
        "note": None,
        "public": True,
        "level": Level.LOW,
    }
    assert form.problems == []


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("title", "　Trees \r\n", "Trees"),
        ("note", "a\r\nb\x00", "a\nb"),
        ("people", "４５", 45),
        ("people", " 4 5 ", 45),
        ("price", "1,234,567.5", Decimal("1234567.5")),
        ("price", "９０。５", Decimal("90.5")),
        ("note", "好。", "好。"),
        ("phone", "１３８ 0013-8000", "13800138000"),
        ("day", "2026年11月2日", date(2026, 11, 2)),
        ("day", "２０２６/11/2", date(2026, 11, 2)),
        ("starts_at", "2026年11月21日 14：05", STARTS),
        ("starts_at", "2026-11-21 14:05:00", STARTS),
        ("secret", " two words ", " two words "),
    ],
)
def test_typing_habits_are_understood(name: str, typed: str, value: object) -> None:
    data = Form.build(Activity).load({**TYPED, name: typed})
    assert data is not None
    assert data[name] == value


def test_an_unticked_box_means_no() -> None:
    form = Form.build(Activity)
    data = form.load(TYPED)
    assert data is not None
    assert data["public"] is False
    assert form["public"].value is False


@pytest.mark.parametrize(
    ("name", "typed", "message"),
    [
        ("title", " ", "Please fill this in."),
        ("title", "Trees and more", "At most 10 characters."),
        ("kind", "", "Choose one."),
        ("kind", "c", "Choose one of the list."),
        ("starts_at", "", "Please fill this in."),
        ("starts_at", "2026-11-21", "Enter a date and time."),
        ("starts_at", "2026-13-21T14:05", "Enter a date and time."),
        ("starts_at", "0001-01-01T00:00", "Enter a date and time."),
        ("ends_at", "2026-11-21T14:00", "It ends before it starts."),
        ("day", "2026-02-30", "Enter a date."),
        ("people", "many", "Enter a whole number."),
        ("people", "1.5", "Enter a whole number."),
        ("people", "501", "Between 1 and 500."),
        ("price", "NaN", "Enter a number."),
        ("price", "-1", "0 or more."),
        ("phone", "138", "This is not in the expected form."),
        ("level", "MIDDLE", "Choose one of the list."),
    ],
)
def test_a_refusal_says_what_to_do(name: str, typed: str, message: str) -> None:
    assert errors_of(**{name: typed}) == {name: [message]}


def test_a_refused_form_keeps_what_was_typed_but_no_password() -> None:
    form = Form.build(Activity)
    typed = {**TYPED, "people": "１０００", "note": " as typed ", "secret": "s3cret"}
    assert form.load(typed) is None
    assert (form["people"].value, form["note"].value, form["secret"].value) == (
        "１０００", " as typed ", "",
    )  # fmt: skip


def test_what_the_form_does_not_show_is_not_taken() -> None:
    class Shown(FormSchema):
        name = fields.String(metadata={"label": "Name"})
        made_by = fields.String(dump_only=True)

    data = Form.build(Shown).load({"name": "A", "made_by": "me", "csrf_token": "x"})
    assert data == {"name": "A"}


def test_choices_of_run_time_are_the_only_ones() -> None:
    class Where(FormSchema):
        place = fields.Integer(metadata={"label": "Place"})

    form = Form.build(Where, options={"place": [(7, "Seven")]})
    assert form["place"].options == (("7", "Seven"),)
    assert form.load({"place": "7"}) == {"place": 7}
    assert form.load({"place": "8"}) is None
    assert form["place"].errors == ["Choose one of the list."]


def test_errors_of_a_service_stand_beside_their_field_or_on_top() -> None:
    form = Form.build(Activity, errors={"title": ["Already taken."]})
    form.add_errors({"": "Nobody may do this today."})
    assert form["title"].errors == ["Already taken."]
    assert form.errors == ["Nobody may do this today."]
    assert form.problems == ["Nobody may do this today.", "Already taken."]
    assert form.load(TYPED) is not None
    assert form.problems == []


def test_what_an_author_wrote_is_kept() -> None:
    class Own(FormSchema):
        code = fields.String(
            required=True,
            validate=[validate.Length(max=3, error="Three at most."), validate.Regexp(r"\d+$")],
            error_messages={"required": "No code, no entry."},
            metadata={"label": "Code"},
        )

    form = Form.build(Own)
    assert form.load({}) is None
    assert form["code"].errors == ["No code, no entry."]
    assert form.load({"code": "abcd"}) is None
    assert form["code"].errors == ["Three at most.", "This is not in the expected form."]


def test_a_schema_speaks_the_same_words_without_a_form() -> None:
    with pytest.raises(ValidationError) as refused:
        Activity().load({**TYPED, "title": None, "starts_at": "2026-11-21T06:05Z", "other": 1})
    assert refused.value.messages == {
        "title": ["Please fill this in."],
        "other": ["This field is not known."],
    }


def test_two_schemas_do_not_share_their_messages() -> None:
    text = fields.String(required=True, metadata={"label": "Name"})

    class One(FormSchema):
        name = text

    class Two(FormSchema):
        name = text

    Form.build(One)
    assert text.error_messages["required"] == "Missing data for required field."
    form = Form.build(Two)
    form.load({})
    assert form["name"].errors == ["Please fill this in."]


def test_a_visible_field_needs_a_label() -> None:
    class Bare(FormSchema):
        name = fields.String()

    with pytest.raises(TypeError, match=r"^field 'name' has no label in its metadata$"):
        Form.build(Bare)


def test_a_type_without_a_widget_is_refused() -> None:
    class Nested(FormSchema):
        things = fields.List(fields.Boolean(), metadata={"label": "Things"})

    with pytest.raises(TypeError, match=r"^field 'things' of type List has no widget$"):
        Form.build(Nested)


class Desk(FormSchema):
    opens = fields.Time(load_default=time(8, 30), metadata={"label": "Opens"})
    days = fields.List(
        fields.String(validate=validate.OneOf(["mon", "tue"], ["Monday", "Tuesday"])),
        load_default=["mon"],
        metadata={"label": "Days"},
    )
    rooms = fields.List(
        fields.Integer(), metadata={"label": "Rooms", "options": [(1, "One"), (2, "Two")]}
    )
    hours = fields.List(fields.Time(), load_default=[time(9)], metadata={"label": "Hours"})
    rates = fields.List(fields.Decimal(), load_default=list, metadata={"label": "Rates"})


def test_lists_and_times_are_shown_as_they_are_typed() -> None:
    form = Form.build(Desk, {"rooms": [2], "rates": [Decimal("1.50"), Decimal("1E+2")]})

    assert [(item.widget, item.value) for item in form] == [
        ("time", "08:30"),
        ("checkboxes", ("mon",)),
        ("checkboxes", ("2",)),
        ("lines", "09:00"),
        ("lines", "1.50\n100"),
    ]
    assert form["days"].options == (("mon", "Monday"), ("tue", "Tuesday"))


def test_lists_are_what_was_ticked_or_one_entry_per_line() -> None:
    typed = [("opens", "９:05"), ("days", "tue"), ("days", "mon"), ("rooms", "1")]
    typed += [("hours", "7:00\r\n\r\n 23:59:01 "), ("rates", "１,000\n0.5")]

    assert Form.build(Desk).load(MultiDict(typed)) == {
        "opens": time(9, 5),
        "days": ["tue", "mon"],
        "rooms": [1],
        "hours": [time(7), time(23, 59, 1)],
        "rates": [Decimal(1000), Decimal("0.5")],
    }
    assert Form.build(Desk).load(MultiDict()) == {
        "opens": time(8, 30),
        "days": [],
        "rooms": [],
        "hours": [],
        "rates": [],
    }


def test_lists_and_times_are_refused_by_name() -> None:
    form = Form.build(Desk)
    typed = [("opens", "24:00"), ("days", "sun"), ("rooms", "3"), ("rooms", "2")]
    typed += [("hours", "9:00\nnoon"), ("rates", "x")]

    assert form.load(MultiDict(typed)) is None
    assert {item.name: item.errors for item in form} == {
        "opens": ["Enter a time of day, such as 08:30."],
        "days": ["Choose one of the list."],
        "rooms": ["Choose one of the list."],
        "hours": ["Enter a time of day, such as 08:30."],
        "rates": ["Enter a number."],
    }
    assert form["days"].value == ("sun",)
    assert form["hours"].value == "9:00\nnoon"


def test_a_time_without_zone_is_not_shown() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Form.build(Activity, {"starts_at": datetime(2026, 11, 21, 14, 5)})  # noqa: DTZ001


def test_labels_are_translated_when_they_are_shown() -> None:
    class Lazy(FormSchema):
        name = fields.String(required=True, metadata={"label": lazy_gettext("ID number")})

    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        form = Form.build(Lazy)
        form.load({})
        assert form["name"].errors == ["Please fill this in."]


@given(st.datetimes(datetime(1992, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Asia/Urumqi", "UTC"])
def test_a_time_survives_the_form(zone: str, wall: datetime) -> None:
    timezone = ZoneInfo(zone)
    moment = wall.replace(second=0, microsecond=0, tzinfo=timezone).astimezone(UTC)
    form = Form.build(Activity, {"starts_at": moment}, timezone=timezone)
    data = form.load({**TYPED, "starts_at": str(form["starts_at"].value)})
    assert data is not None
    assert data["starts_at"] == moment
    assert data["starts_at"].tzinfo is UTC


@given(st.dictionaries(st.sampled_from([item.name for item in Form.build(Activity)]), st.text()))
def test_nothing_typed_breaks_a_form(typed: dict[str, str]) -> None:
    form = Form.build(Activity)
    assert (form.load(typed) is None) == bool(form.problems)
