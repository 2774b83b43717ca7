"""What may be allowed in Evaluation, and what its acts are called in the audit log."""

from core.sdk import Permission
from plugins.evaluation.texts import _

OBJECTION_FILE = "evaluation.objection.file"
SCHEME_EDIT = "evaluation.scheme.edit"
SCORE_ENTER = "evaluation.score.enter"
SEASON_MANAGE = "evaluation.season.manage"
SEASON_VIEW = "evaluation.season.view"

PERMISSIONS = (
    Permission(OBJECTION_FILE, _("File objections to results"), ("administrator", "staff")),
    Permission(SCHEME_EDIT, _("Design and publish schemes"), ("administrator",)),
    Permission(
        SCORE_ENTER, _("Enter scores where one is appointed to"), ("administrator", "staff")
    ),
    Permission(
        SEASON_MANAGE,
        _("Open seasons, appoint scorers, lock, compute, publish and award"),
        ("administrator",),
    ),
    Permission(
        SEASON_VIEW, _("See schemes, seasons and scores"), ("administrator", "staff", "viewer")
    ),
)

ACTIONS = {
    "evaluation.objection": _("Objection"),
    "evaluation.objection.answer": _("Answered an objection"),
    "evaluation.objection.file": _("Filed an objection, or opened the form for it"),
    "evaluation.scheme": _("Scheme"),
    "evaluation.scheme.change": _("Changed a scheme"),
    "evaluation.scheme.create": _("Began a scheme"),
    "evaluation.scheme.edit": _("Opened the editing of schemes"),
    "evaluation.scheme.publish": _("Published a version of a scheme"),
    "evaluation.scheme.revise": _("Began a new version of a scheme"),
    "evaluation.score.correct": _("Corrected a score after locking"),
    "evaluation.score.enter": _("Entered scores, or opened the entering of scores"),
    "evaluation.season": _("Season"),
    "evaluation.season.appoint": _("Appointed a scorer"),
    "evaluation.season.award": _("Announced a result and gave awards"),
    "evaluation.season.compute": _("Computed a result"),
    "evaluation.season.dismiss": _("Dismissed a scorer"),
    "evaluation.season.lock": _("Locked a season"),
    "evaluation.season.manage": _("Opened the managing of seasons"),
    "evaluation.season.notify": _("Began the public notice of a result"),
    "evaluation.season.open": _("Opened a season"),
    "evaluation.season.view": _("Opened the seasons"),
}
