"""Settings of plugins: default → district → street → community, each level may lock."""

from core.plugin_host.settings.queries import Setting, Settings, settings_of, state

__all__ = ["Setting", "Settings", "settings_of", "state"]
