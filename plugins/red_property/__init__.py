"""Red property 红色物业: credit grades of property-service companies, by published methods."""

from plugins.red_property.plugin import RedPropertyPlugin

plugin = RedPropertyPlugin()
