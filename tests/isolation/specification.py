"""Every route of the pages: who may use it, and how it answers them. ``test_routes`` crosses it.

Written by hand; the application's own declarations are not consulted.
"""

from __future__ import annotations

from dataclasses import dataclass

PUBLIC = frozenset({"anybody"})
SIGNED_IN = frozenset({"signed in"})
DESK = frozenset({"administrator", "staff", "viewer", "auditor"})
OFFICE = frozenset({"administrator", "staff", "viewer"})
STAFF = frozenset({"administrator", "staff"})
OVERSIGHT = frozenset({"administrator", "auditor"})
ADMIN = frozenset({"administrator"})


@dataclass(frozen=True)
class Spec:
    """Who may use a route, and what it answers when nothing but the path and a token is sent."""

    roles: frozenset[str]
    answer: int
    levels: frozenset[str] = frozenset({"community", "street", "district"})
    plugin: bool = False


COMMUNITY = frozenset({"community"})
DISTRICT = frozenset({"district"})
ABOVE = frozenset({"street", "district"})
P, D = "/<place_code:place_code>", "/<district_code:district_code>"
V = f"{P}/volunteer"
R = f"{P}/red_property"
E = f"{P}/evaluation"
SCHEME, SEASON = f"{E}/schemes/<uuid:scheme_id>", f"{E}/seasons/<uuid:season_id>"
CRITERION = f"{SCHEME}/criteria/<uuid:criterion_id>"
CONTESTANT = f"{SEASON}/places/<place_code:contestant>"
CORRECTION = f"{CONTESTANT}/correct/<uuid:criterion_id>/<int:number>/<uuid:scorer_id>"
ROUND = f"{E}/scoring/<uuid:season_id>/<int:number>"
ORGANISATION = f"{P}/-/organisations/<uuid:organisation_id>"
SPECIFICATION: dict[tuple[str, str], Spec] = {
    ("GET", "/"): Spec(PUBLIC, 200),
    ("GET", "/healthz"): Spec(PUBLIC, 200),
    ("GET", "/static/<path:filename>"): Spec(PUBLIC, 404),
    ("POST", "/-/language"): Spec(PUBLIC, 303),
    ("GET", "/api/v1/"): Spec(PUBLIC, 200),
    ("GET", "/api/v1/openapi.json"): Spec(PUBLIC, 200),
    ("GET", P): Spec(PUBLIC, 200),
    ("GET", f"{P}/-/"): Spec(DESK, 200),
    ("GET", f"{P}/-/places"): Spec(DESK, 200),
    ("GET", f"{P}/-/organisations"): Spec(DESK, 200),
    ("GET", f"{P}/-/organisations/new"): Spec(STAFF, 200),
    ("POST", f"{P}/-/organisations/new"): Spec(STAFF, 422),
    ("GET", f"{P}/-/organisations/serving"): Spec(STAFF, 200),
    ("POST", f"{P}/-/organisations/serving"): Spec(STAFF, 422),
    ("GET", ORGANISATION): Spec(DESK, 404),
    ("GET", f"{ORGANISATION}/edit"): Spec(STAFF, 404),
    ("POST", f"{ORGANISATION}/edit"): Spec(STAFF, 404),
    ("GET", f"{ORGANISATION}/areas/new"): Spec(STAFF, 404),
    ("POST", f"{ORGANISATION}/areas/new"): Spec(STAFF, 404),
    ("GET", f"{ORGANISATION}/areas/<uuid:area_id>"): Spec(STAFF, 404),
    ("POST", f"{ORGANISATION}/areas/<uuid:area_id>"): Spec(STAFF, 404),
    ("GET", f"{P}/-/apps"): Spec(DESK, 200),
    ("GET", f"{P}/-/apps/<plugin_id:plugin_id>"): Spec(DESK, 200),
    ("GET", f"{P}/-/apps/<plugin_id:plugin_id>/communities"): Spec(DESK, 200, ABOVE),
    ("POST", f"{P}/-/apps/<plugin_id:plugin_id>/enable"): Spec(ADMIN, 303, COMMUNITY),
    ("GET", f"{P}/-/apps/<plugin_id:plugin_id>/disable"): Spec(ADMIN, 200, COMMUNITY),
    ("POST", f"{P}/-/apps/<plugin_id:plugin_id>/disable"): Spec(ADMIN, 303, COMMUNITY),
    ("GET", f"{P}/-/apps/<plugin_id:plugin_id>/health"): Spec(ADMIN, 200),
    ("POST", f"{P}/-/apps/<plugin_id:plugin_id>/health/retry"): Spec(ADMIN, 303),
    ("POST", f"{P}/-/apps/<plugin_id:plugin_id>/policy"): Spec(ADMIN, 422, DISTRICT),
    ("GET", f"{P}/-/apps/<plugin_id:plugin_id>/settings"): Spec(ADMIN, 200),
    ("POST", f"{P}/-/apps/<plugin_id:plugin_id>/settings"): Spec(ADMIN, 409),
    ("GET", f"{P}/-/people"): Spec(OVERSIGHT, 200),
    ("GET", f"{P}/-/people/new"): Spec(ADMIN, 200),
    ("POST", f"{P}/-/people/new"): Spec(ADMIN, 422),
    ("GET", f"{P}/-/people/<uuid:grant_id>"): Spec(ADMIN, 404),
    ("POST", f"{P}/-/people/<uuid:grant_id>/link"): Spec(ADMIN, 404),
    ("POST", f"{P}/-/people/<uuid:grant_id>/revoke"): Spec(ADMIN, 404),
    ("GET", f"{P}/-/audit"): Spec(OVERSIGHT, 200),
    ("GET", f"{P}/-/indicators"): Spec(DESK, 200),
    ("GET", f"{P}/-/indicators/<indicator_id>"): Spec(DESK, 404),
    ("GET", f"{P}/-/personal-data"): Spec(ADMIN, 200, DISTRICT),
    ("POST", f"{P}/-/personal-data"): Spec(ADMIN, 422, DISTRICT),
    ("POST", f"{P}/-/personal-data/export"): Spec(ADMIN, 422, DISTRICT),
    ("POST", f"{P}/-/personal-data/erase"): Spec(ADMIN, 422, DISTRICT),
    ("GET", f"{P}/-/jobs"): Spec(STAFF, 200),
    ("GET", f"{P}/-/jobs/<uuid:job_id>"): Spec(STAFF, 404),
    ("POST", f"{P}/-/jobs/<uuid:job_id>/cancel"): Spec(STAFF, 404),
    ("GET", f"{P}/-/events"): Spec(ADMIN, 200),
    ("POST", f"{P}/-/events/replay"): Spec(ADMIN, 303),
    ("POST", f"{P}/-/events/<uuid:delivery_id>/replay"): Spec(ADMIN, 404),
    ("GET", f"{D}/-/sign-in"): Spec(PUBLIC, 200),
    ("POST", f"{D}/-/sign-in"): Spec(PUBLIC, 422),
    ("GET", f"{D}/-/link/<ticket>"): Spec(PUBLIC, 404),
    ("POST", f"{D}/-/link/<ticket>"): Spec(PUBLIC, 404),
    ("GET", f"{P}/-/me"): Spec(SIGNED_IN, 200),
    ("POST", f"{P}/-/me/password"): Spec(SIGNED_IN, 422),
    ("GET", f"{P}/-/me/tokens/new"): Spec(SIGNED_IN, 200),
    ("POST", f"{P}/-/me/tokens/new"): Spec(SIGNED_IN, 422),
    ("POST", f"{P}/-/me/tokens/<uuid:token_id>/revoke"): Spec(SIGNED_IN, 404),
    ("GET", f"{V}/"): Spec(OFFICE, 200, COMMUNITY, plugin=True),
    ("GET", f"{V}/new"): Spec(STAFF, 200, COMMUNITY, plugin=True),
    ("POST", f"{V}/new"): Spec(STAFF, 422, COMMUNITY, plugin=True),
    ("GET", f"{V}/<uuid:activity_id>"): Spec(OFFICE, 404, COMMUNITY, plugin=True),
    ("GET", f"{V}/<uuid:activity_id>/edit"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("POST", f"{V}/<uuid:activity_id>/edit"): Spec(STAFF, 422, COMMUNITY, plugin=True),
    ("POST", f"{V}/<uuid:activity_id>/publish"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("GET", f"{V}/<uuid:activity_id>/cancel"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("POST", f"{V}/<uuid:activity_id>/cancel"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("POST", f"{V}/<uuid:activity_id>/sign-ups"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("GET", f"{V}/<uuid:activity_id>/sign-ups/<uuid:sign_up_id>/withdraw"): Spec(
        STAFF, 404, COMMUNITY, plugin=True
    ),
    ("POST", f"{V}/<uuid:activity_id>/sign-ups/<uuid:sign_up_id>/withdraw"): Spec(
        STAFF, 404, COMMUNITY, plugin=True
    ),
    ("GET", f"{V}/<uuid:activity_id>/attendance"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("POST", f"{V}/<uuid:activity_id>/attendance/walk-in"): Spec(
        STAFF, 404, COMMUNITY, plugin=True
    ),
    ("POST", f"{V}/<uuid:activity_id>/sign-ups/<uuid:sign_up_id>/check-in"): Spec(
        STAFF, 404, COMMUNITY, plugin=True
    ),
    ("POST", f"{V}/<uuid:activity_id>/sign-ups/<uuid:sign_up_id>/check-out"): Spec(
        STAFF, 404, COMMUNITY, plugin=True
    ),
    ("POST", f"{V}/<uuid:activity_id>/hours"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("GET", f"{V}/<uuid:activity_id>/hours/all"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("POST", f"{V}/<uuid:activity_id>/hours/all"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("GET", f"{V}/<uuid:activity_id>/code"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("POST", f"{V}/<uuid:activity_id>/code"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("GET", f"{V}/<uuid:activity_id>/code/new"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("GET", f"{V}/check-in/<uuid:activity_id>"): Spec(PUBLIC, 404, COMMUNITY, plugin=True),
    ("POST", f"{V}/check-in/<uuid:activity_id>"): Spec(PUBLIC, 404, COMMUNITY, plugin=True),
    ("GET", f"{V}/people"): Spec(STAFF, 200, COMMUNITY, plugin=True),
    ("GET", f"{V}/people/<uuid:volunteer_id>"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("POST", f"{V}/people/<uuid:volunteer_id>/name"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("GET", f"{V}/open"): Spec(PUBLIC, 200, COMMUNITY, plugin=True),
    ("GET", f"{V}/open/<uuid:activity_id>"): Spec(PUBLIC, 404, COMMUNITY, plugin=True),
    ("GET", f"{R}/"): Spec(OFFICE, 200, plugin=True),
    ("GET", f"{R}/companies/<uuid:organisation_id>"): Spec(OFFICE, 404, plugin=True),
    ("GET", f"{R}/companies/<uuid:organisation_id>/items"): Spec(
        OFFICE, 404, DISTRICT, plugin=True
    ),
    ("GET", f"{R}/companies/<uuid:organisation_id>/items/new"): Spec(
        STAFF, 404, DISTRICT, plugin=True
    ),
    ("GET", f"{R}/companies/<uuid:organisation_id>/items/new/<uuid:item_id>"): Spec(
        STAFF, 404, DISTRICT, plugin=True
    ),
    ("POST", f"{R}/companies/<uuid:organisation_id>/items/new/<uuid:item_id>"): Spec(
        STAFF, 404, DISTRICT, plugin=True
    ),
    ("GET", f"{R}/items/<uuid:entry_id>"): Spec(OFFICE, 404, DISTRICT, plugin=True),
    ("GET", f"{R}/items/<uuid:entry_id>/evidence"): Spec(STAFF, 404, DISTRICT, plugin=True),
    ("GET", f"{R}/items/<uuid:entry_id>/end"): Spec(STAFF, 404, DISTRICT, plugin=True),
    ("POST", f"{R}/items/<uuid:entry_id>/end"): Spec(STAFF, 404, DISTRICT, plugin=True),
    ("GET", f"{R}/proposals"): Spec(STAFF, 200, DISTRICT, plugin=True),
    ("GET", f"{R}/proposals/<uuid:proposal_id>"): Spec(STAFF, 404, DISTRICT, plugin=True),
    ("POST", f"{R}/proposals/<uuid:proposal_id>/accept"): Spec(STAFF, 404, DISTRICT, plugin=True),
    ("POST", f"{R}/proposals/<uuid:proposal_id>/decline"): Spec(STAFF, 404, DISTRICT, plugin=True),
    ("GET", f"{R}/methods"): Spec(OFFICE, 200, DISTRICT, plugin=True),
    ("GET", f"{R}/methods/<uuid:method_id>"): Spec(OFFICE, 404, DISTRICT, plugin=True),
    ("GET", f"{R}/methods/<uuid:method_id>/document"): Spec(OFFICE, 404, DISTRICT, plugin=True),
    ("GET", f"{R}/methods/shipped/<string:key>"): Spec(OFFICE, 404, DISTRICT, plugin=True),
    ("GET", f"{R}/methods/new"): Spec(ADMIN, 200, DISTRICT, plugin=True),
    ("POST", f"{R}/methods/new"): Spec(ADMIN, 422, DISTRICT, plugin=True),
    ("POST", f"{R}/methods/adopt"): Spec(ADMIN, 422, DISTRICT, plugin=True),
    ("GET", f"{R}/open"): Spec(PUBLIC, 200, plugin=True),
    ("GET", f"{R}/open/method"): Spec(PUBLIC, 200, plugin=True),
    ("GET", f"{R}/open/<uuid:organisation_id>"): Spec(PUBLIC, 404, plugin=True),
    ("GET", f"{E}/"): Spec(OFFICE, 200, plugin=True),
    ("GET", f"{E}/awards"): Spec(OFFICE, 200, plugin=True),
    ("GET", f"{E}/schemes"): Spec(OFFICE, 200, plugin=True),
    ("GET", f"{E}/schemes/templates"): Spec(ADMIN, 200, plugin=True),
    ("POST", f"{E}/schemes/templates"): Spec(ADMIN, 422, plugin=True),
    ("GET", f"{E}/schemes/new"): Spec(ADMIN, 200, plugin=True),
    ("POST", f"{E}/schemes/new"): Spec(ADMIN, 422, plugin=True),
    ("GET", SCHEME): Spec(OFFICE, 404, plugin=True),
    ("GET", f"{SCHEME}/rules"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SCHEME}/rules"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SCHEME}/publish"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SCHEME}/versions"): Spec(ADMIN, 404, plugin=True),
    ("GET", f"{SCHEME}/criteria/new"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SCHEME}/criteria/new"): Spec(ADMIN, 404, plugin=True),
    ("GET", CRITERION): Spec(ADMIN, 404, plugin=True),
    ("POST", CRITERION): Spec(ADMIN, 404, plugin=True),
    ("GET", f"{CRITERION}/remove"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{CRITERION}/remove"): Spec(ADMIN, 404, plugin=True),
    ("GET", f"{SCHEME}/open"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SCHEME}/open"): Spec(ADMIN, 404, plugin=True),
    ("GET", SEASON): Spec(OFFICE, 404, plugin=True),
    ("POST", f"{SEASON}/scorers"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SEASON}/scorers/<uuid:scorer_id>/dismiss"): Spec(ADMIN, 404, plugin=True),
    ("GET", f"{SEASON}/lock"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SEASON}/lock"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SEASON}/compute"): Spec(ADMIN, 404, plugin=True),
    ("GET", f"{SEASON}/notice"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SEASON}/notice"): Spec(ADMIN, 404, plugin=True),
    ("GET", f"{SEASON}/award"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SEASON}/award"): Spec(ADMIN, 404, plugin=True),
    ("GET", f"{SEASON}/league"): Spec(OFFICE, 404, plugin=True),
    ("GET", CONTESTANT): Spec(OFFICE, 404, plugin=True),
    ("GET", CORRECTION): Spec(ADMIN, 404, plugin=True),
    ("POST", CORRECTION): Spec(ADMIN, 404, plugin=True),
    ("GET", f"{CONTESTANT}/add/<uuid:criterion_id>"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{CONTESTANT}/add/<uuid:criterion_id>"): Spec(ADMIN, 404, plugin=True),
    ("GET", f"{SEASON}/objections"): Spec(OFFICE, 404, plugin=True),
    ("GET", f"{CONTESTANT}/objection"): Spec(STAFF, 404, plugin=True),
    ("POST", f"{CONTESTANT}/objection"): Spec(STAFF, 404, plugin=True),
    ("GET", f"{SEASON}/objections/<uuid:objection_id>"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SEASON}/objections/<uuid:objection_id>"): Spec(ADMIN, 404, plugin=True),
    ("GET", f"{E}/scoring"): Spec(STAFF, 200, plugin=True),
    ("GET", f"{E}/scoring/<uuid:season_id>"): Spec(STAFF, 404, plugin=True),
    ("GET", ROUND): Spec(STAFF, 404, plugin=True),
    ("GET", f"{ROUND}/sheet"): Spec(STAFF, 404, plugin=True),
    ("POST", f"{ROUND}/sheet"): Spec(STAFF, 404, plugin=True),
    ("GET", f"{ROUND}/<place_code:contestant>"): Spec(STAFF, 404, plugin=True),
    ("POST", f"{ROUND}/<place_code:contestant>"): Spec(STAFF, 404, plugin=True),
    ("GET", f"{E}/open"): Spec(PUBLIC, 200, plugin=True),
    ("GET", f"{E}/open/awards"): Spec(PUBLIC, 200, plugin=True),
    ("GET", f"{E}/open/<uuid:season_id>"): Spec(PUBLIC, 404, plugin=True),
    ("GET", f"{E}/open/<uuid:season_id>/<place_code:contestant>"): Spec(PUBLIC, 404, plugin=True),
}
PLUGINS = ("volunteer", "red_property", "evaluation")
# These end the visitor's own session, so each visitor tries them last, in tests of their own.
ENDING = {("POST", f"{D}/-/sign-out"), ("POST", f"{P}/-/me/sign-out-everywhere")}
