"""Designing competitions: a scheme, its versions and their criteria."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk import Actor, Conflict, Invalid, NotFound, PlaceView, db, indicators, new_id, now
from plugins.evaluation import calendar, rules, shipped
from plugins.evaluation import permissions as may
from plugins.evaluation.models import Criterion, Scheme, SchemeVersion
from plugins.evaluation.service.acts import SCHEME, act, criteria_of, locked_scheme
from plugins.evaluation.texts import _

BELOW: Mapping[str, Sequence[str]] = {
    "district": ("street", "community", "courtyard", "household"),
    "street": ("community", "courtyard", "household"),
    "community": ("courtyard", "household"),
}
"""Which kinds of place may compete below a kind of place."""

_OF_SCHEME = ("title", "contestants", "cycle")
_OF_VERSION = (
    "rhythm",
    "notice_days",
    "objection_days",
    "objections_to",
    "award_title",
    "award_ranks",
    "award_line",
)
_OF_CRITERION = (
    "title",
    "description",
    "kind",
    "direction",
    "weight",
    "full",
    "scorers",
    "indicator",
    "tie_order",
)


def copy_template(actor: Actor, place: PlaceView, template_key: str) -> Scheme:
    """Begin a scheme from a shipped example: a draft of its first version, to be adapted.

    Raises:
        NotFound: no template of that name.
        Invalid: its contestants do not lie below ``place`` (field ``contestants``).
    """
    template = shipped.template(template_key)
    return _create(actor, place, template.said, template.criteria_said, template.key)


def create(actor: Actor, place: PlaceView, data: Mapping[str, Any]) -> Scheme:
    """Begin a scheme with a draft of its first version, without criteria.

    Args:
        data: what a scheme and a version say: ``title``, ``contestants``, ``cycle``, ``rhythm``,
            ``notice_days``, ``objection_days``, ``objections_to``, ``award_title``,
            ``award_ranks``, ``award_line`` (hundredths of a point).

    Raises:
        Invalid: these contestants do not lie below ``place`` (field ``contestants``), or the
            rules contradict each other (fields ``rhythm``, ``objection_days``).
    """
    return _create(actor, place, data, (), None)


def change_version(
    actor: Actor, place: PlaceView, version_id: UUID, data: Mapping[str, Any]
) -> SchemeVersion:
    """Replace what a draft says, as far as ``data`` says something.

    Raises:
        NotFound: ``place`` has no such version.
        Conflict: it is published; or a version is, and contestants or cycle would change.
        Invalid: as in :func:`create`.
    """
    with act(actor, "evaluation.scheme.change", place, version_id, SCHEME) as entry:
        actor.require(may.SCHEME_EDIT, place)
        scheme, version = _draft(place, version_id)
        entry.before = _summary(scheme, version)
        for name in ("contestants", "cycle"):
            if name in data and data[name] != getattr(scheme, name) and version.number > 1:
                raise Conflict(
                    _("This scheme is published: who competes, and how often, stays."), field=name
                )
        for owner, names in ((scheme, _OF_SCHEME), (version, _OF_VERSION)):
            for name in names:
                if name in data:
                    setattr(owner, name, data[name])
        with db.session.no_autoflush:
            _check_rules(place, scheme, version)
        db.session.flush()
        entry.after = _summary(scheme, version)
    return version


def put_criterion(
    actor: Actor, place: PlaceView, version_id: UUID, key: str | None, data: Mapping[str, Any]
) -> Criterion:
    """Add a criterion to a draft, or with ``key`` replace one.

    Args:
        data: ``title``, ``description``, ``kind``, ``direction``, ``weight`` (hundredths),
            ``full`` (hundredths of a mark, things, or the indicator's stored unit), ``scorers``,
            ``indicator``, ``tie_order``. What a kind does not have is ignored.

    Raises:
        NotFound: ``place`` has no such version, or it no such criterion.
        Conflict: the version is published.
        Invalid: a weight, a full mark or an indicator that cannot be (fields of that name).
    """
    with act(actor, "evaluation.scheme.change", place, version_id, SCHEME) as entry:
        actor.require(may.SCHEME_EDIT, place)
        scheme, version = _draft(place, version_id)
        present = criteria_of(version.id)
        clean = _clean(scheme, data)
        if key is None:
            criterion = Criterion(
                id=new_id(),
                version_id=version.id,
                key=_new_key(present),
                position=max((one.position for one in present), default=0) + 1,
                **clean,
            )
            db.session.add(criterion)
        else:
            criterion = _of_key(present, key)
            for name, value in clean.items():
                setattr(criterion, name, value)
        db.session.flush()
        entry.after = {"criterion": criterion.key, **clean}
    return criterion


def remove_criterion(actor: Actor, place: PlaceView, version_id: UUID, key: str) -> None:
    """Take a criterion out of a draft.

    Raises:
        NotFound: ``place`` has no such version, or it no such criterion.
        Conflict: the version is published.
    """
    with act(actor, "evaluation.scheme.change", place, version_id, SCHEME) as entry:
        actor.require(may.SCHEME_EDIT, place)
        _scheme, version = _draft(place, version_id)
        entry.after = {"removed": key}
        db.session.delete(_of_key(criteria_of(version.id), key))
        db.session.flush()


def publish(actor: Actor, place: PlaceView, version_id: UUID) -> SchemeVersion:
    """Fix a draft: seasons that are opened from now on follow it, and it never changes.

    Raises:
        NotFound: ``place`` has no such version.
        Conflict: it is published already.
        Invalid: the weights do not sum to 100 (field ``weight``), nobody is named to object to
            (``objections_to``), a criterion names nobody who scores it (``scorers``), takes an
            indicator that does not measure the contestants (``indicator``), or shares its place
            among the ties (``tie_order``); all at once.
    """
    with act(actor, "evaluation.scheme.publish", place, version_id, SCHEME) as entry:
        actor.require(may.SCHEME_EDIT, place)
        scheme, version = _draft(place, version_id)
        criteria = criteria_of(version.id)
        _check_rules(place, scheme, version)
        if refused := _refused(scheme, version, criteria):
            raise Invalid(fields=refused)
        version.published_at = now()
        db.session.flush()
        entry.after = _summary(scheme, version) | {
            "criteria": {one.key: one.weight for one in criteria}
        }
    return version


def new_version(actor: Actor, place: PlaceView, scheme_id: UUID) -> SchemeVersion:
    """Begin the next version as a copy of the last published one; return it, or the draft there is.

    Raises:
        NotFound: ``place`` has no such scheme.
    """
    with act(actor, "evaluation.scheme.revise", place, scheme_id, SCHEME) as entry:
        actor.require(may.SCHEME_EDIT, place)
        scheme = locked_scheme(place, scheme_id)
        last = db.session.execute(
            select(SchemeVersion)
            .filter_by(scheme_id=scheme.id)
            .order_by(SchemeVersion.number.desc())
            .limit(1)
        ).scalar_one()
        entry.after = {"number": last.number}
        if last.published_at is None:
            return last
        said = {name: getattr(last, name) for name in _OF_VERSION}
        version = SchemeVersion(
            id=new_id(), scheme_id=scheme.id, number=last.number + 1, published_at=None, **said
        )
        db.session.add(version)
        db.session.flush()
        for one in criteria_of(last.id):
            kept = {name: getattr(one, name) for name in (*_OF_CRITERION, "key", "position")}
            db.session.add(Criterion(id=new_id(), version_id=version.id, **kept))
        db.session.flush()
        entry.after = {"number": version.number}
    return version


def _create(
    actor: Actor,
    place: PlaceView,
    data: Mapping[str, Any],
    criteria: Sequence[Mapping[str, Any]],
    template: str | None,
) -> Scheme:
    scheme = Scheme(
        id=new_id(),
        place_id=place.id,
        template=template,
        **{name: data[name] for name in _OF_SCHEME},
    )
    version = SchemeVersion(
        id=new_id(),
        scheme_id=scheme.id,
        number=1,
        published_at=None,
        **{name: data[name] for name in _OF_VERSION},
    )
    with act(actor, "evaluation.scheme.create", place, scheme.id, SCHEME) as entry:
        actor.require(may.SCHEME_EDIT, place)
        _check_rules(place, scheme, version)
        db.session.add(scheme)
        db.session.flush()
        db.session.add(version)
        db.session.flush()
        for position, one in enumerate(criteria, 1):
            said = _clean(scheme, one, installed=False)
            db.session.add(
                Criterion(
                    id=new_id(), version_id=version.id, key=one["key"], position=position, **said
                )
            )
        db.session.flush()
        entry.after = _summary(scheme, version)
    return scheme


def _draft(place: PlaceView, version_id: UUID) -> tuple[Scheme, SchemeVersion]:
    scheme_id = select(SchemeVersion.scheme_id).filter_by(id=version_id).scalar_subquery()
    found = select(Scheme).where(Scheme.id == scheme_id, Scheme.place_id == place.id)
    scheme = db.session.execute(found.with_for_update()).scalar_one_or_none()
    if scheme is None:
        raise NotFound()
    version = db.session.execute(
        select(SchemeVersion).filter_by(id=version_id).with_for_update()
    ).scalar_one()
    if version.published_at is not None:
        raise Conflict(_("This version is published and stays as it is. Begin a new version."))
    return scheme, version


def _check_rules(place: PlaceView, scheme: Scheme, version: SchemeVersion) -> None:
    refused: dict[str, list[Any]] = {}
    if scheme.contestants not in BELOW.get(place.kind, ()):
        refused["contestants"] = [_("Those who compete must lie below the place that judges.")]
    if scheme.cycle not in calendar.CYCLE_MONTHS:
        refused["cycle"] = [_("Choose one of the cycles.")]
    elif not calendar.fits(version.rhythm, scheme.cycle):
        refused["rhythm"] = [_("A season must have whole rounds: score it more often, or once.")]
    if version.objection_days > version.notice_days:
        refused["objection_days"] = [_("Objections end with the public notice at the latest.")]
    if refused:
        raise Invalid(fields=refused)


def _clean(scheme: Scheme, data: Mapping[str, Any], *, installed: bool = True) -> dict[str, Any]:
    """Return what the kind of criterion has, checked; templates may name what is not installed."""
    kind = data["kind"]
    clean: dict[str, Any] = {
        "title": data["title"],
        "description": data.get("description") or "",
        "kind": kind,
        "direction": data.get("direction") or "more",
        "weight": data.get("weight") or 0,
        "full": data.get("full") or 0,
        "scorers": None if kind == "indicator" else (data.get("scorers") or "").strip(),
        "indicator": data.get("indicator") if kind == "indicator" else None,
        "tie_order": data.get("tie_order"),
    }
    if kind == "score":
        clean["direction"] = "more"
    if kind == "veto":
        return clean | {"direction": "more", "weight": 0, "full": 1, "tie_order": None}
    refused: dict[str, list[Any]] = {}
    if not 1 <= clean["weight"] <= rules.WHOLE:
        refused["weight"] = [_("A weight is more than 0 and at most 100.")]
    if not 1 <= clean["full"] <= rules.LARGEST_FULL:
        refused["full"] = [_("Give a number that is more than 0.")]
    if kind == "indicator" and installed and (reason := _cannot_measure(scheme, clean)):
        refused["indicator"] = [reason]
    if refused:
        raise Invalid(fields=refused)
    return clean


def _cannot_measure(scheme: Scheme, criterion: Mapping[str, Any]) -> Any:
    measured = {info.id for info in indicators(level=scheme.contestants)}
    if criterion["indicator"] in measured:
        return None
    return _("No application that runs measures these contestants by that indicator.")


def _refused(
    scheme: Scheme, version: SchemeVersion, criteria: Sequence[Criterion]
) -> dict[str, list[Any]]:
    """Return what keeps a version with these criteria from being published, by field."""
    refused: dict[str, list[Any]] = {}
    weight = sum(one.weight for one in criteria)
    if weight != rules.WHOLE:
        total = f"{weight // 100}.{weight % 100:02}"
        refused["weight"] = [_("The weights sum to %(total)s. They must sum to 100.", total=total)]
    if nameless := [one.title for one in criteria if one.scorers == ""]:
        refused["scorers"] = [_("Say who enters: %(titles)s", titles="、".join(nameless))]
    if not version.objections_to.strip():
        refused["objections_to"] = [_("Say whom to object to, under “Rules”.")]
    measured = {info.id for info in indicators(level=scheme.contestants)}
    if unknown := [one.title for one in criteria if one.indicator not in {None, *measured}]:
        refused["indicator"] = [
            _(
                "No application that runs measures these contestants for: %(titles)s",
                titles="、".join(unknown),
            )
        ]
    orders = [one.tie_order for one in criteria if one.tie_order is not None]
    if len(set(orders)) < len(orders):
        refused["tie_order"] = [_("Two criteria have the same place in the order for ties.")]
    return refused


def _new_key(present: Sequence[Criterion]) -> str:
    taken = {one.key for one in present}
    return next(key for number in range(1, len(taken) + 2) if (key := f"c{number}") not in taken)


def _of_key(present: Sequence[Criterion], key: str) -> Criterion:
    for one in present:
        if one.key == key:
            return one
    raise NotFound()


def _summary(scheme: Scheme, version: SchemeVersion) -> dict[str, Any]:
    said = {name: getattr(scheme, name) for name in _OF_SCHEME}
    return said | {"number": version.number, **{n: getattr(version, n) for n in _OF_VERSION}}
