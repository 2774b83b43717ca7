"""What acts and objects of the audit log are called, for people."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

ACTS: dict[str, Any] = {
    "core.account.change_password": _("Changed the password"),
    "core.account.create": _("Created an account"),
    "core.account.grant": _("Granted a role"),
    "core.account.link": _("Made a one-time link"),
    "core.account.manage": _("Opened the administration of people"),
    "core.account.revoke": _("Took a role away"),
    "core.account.use_link": _("Set a password by one-time link"),
    "core.account.view": _("Opened the list of people"),
    "core.audit.view": _("Opened the audit log"),
    "core.community.erase": _("Erased a community's data"),
    "core.community.export": _("Exported a community's data"),
    "core.event.manage": _("Opened the undelivered events"),
    "core.event.replay": _("Had events delivered again"),
    "core.indicator.view": _("Opened the indicators"),
    "core.job.cancel": _("Cancelled background work"),
    "core.job.plan": _("Started periodic work"),
    "core.job.start": _("Started background work"),
    "core.job.view": _("Opened the background work"),
    "core.organisation.begin_service": _("Said that an organisation serves a place"),
    "core.organisation.change": _("Changed an organisation"),
    "core.organisation.change_service": _("Changed from when to when an organisation serves"),
    "core.organisation.edit": _("Opened the forms of organisations"),
    "core.organisation.register": _("Added an organisation"),
    "core.organisation.view": _("Opened the organisations"),
    "core.person.erase": _("Erased a person"),
    "core.person.export": _("Exported what is held about a person"),
    "core.person.look": _("Looked up what is held about a person"),
    "core.place.view": _("Opened a desk page"),
    "core.plugin.allow": _("Decided about an application"),
    "core.plugin.configure": _("Changed the settings of an application"),
    "core.plugin.disable": _("Switched an application off"),
    "core.plugin.enable": _("Switched an application on"),
    "core.plugin.operate": _("Opened what failed in an application"),
    "core.plugin.quarantine": _("Set an application's boxes aside"),
    "core.plugin.release": _("Tried an application's boxes again"),
    "core.session.close": _("Signed out"),
    "core.session.close_all": _("Signed out everywhere"),
    "core.session.open": _("Signed in"),
    "core.tenant.create": _("Took the district on board"),
    "core.tenant.set_status": _("Suspended or resumed the district"),
    "core.token.create": _("Made an access token"),
    "core.token.revoke": _("Revoked an access token"),
    "core.token.use": _("Used an access token"),
}
OBJECTS: dict[str, Any] = {
    "api_token": _("Access token"),
    "event_delivery": _("Delivery of an event"),
    "job": _("Background work"),
    "job_type": _("Kind of background work"),
    "organisation": _("Organisation"),
    "page": _("Page"),
    "person": _("Person"),
    "plugin": _("Application"),
    "resource": _("Resource of the API"),
    "role_grant": _("Role"),
    "service_area": _("Service of a place"),
    "tenant": _("District"),
    "user_account": _("Account"),
}
ACTORS: dict[str, Any] = {
    "anonymous": _("Not signed in"),
    "command line": _("Command line"),
    "periodic work": _("Periodic work"),
    "linli": _("Linli itself"),
}
