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
    "core.place.view": _("Opened a desk page"),
    "core.plugin.allow": _("Decided about an application"),
    "core.plugin.disable": _("Switched an application off"),
    "core.plugin.enable": _("Switched an application on"),
    "core.session.close": _("Signed out"),
    "core.session.close_all": _("Signed out everywhere"),
    "core.session.open": _("Signed in"),
    "core.tenant.create": _("Took the district on board"),
    "core.tenant.set_status": _("Suspended or resumed the district"),
}
OBJECTS: dict[str, Any] = {
    "page": _("Page"),
    "plugin": _("Application"),
    "role_grant": _("Role"),
    "tenant": _("District"),
    "user_account": _("Account"),
}
ACTORS: dict[str, Any] = {
    "anonymous": _("Not signed in"),
    "command line": _("Command line"),
}
