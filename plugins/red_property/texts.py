"""The plugin's texts."""

from pathlib import Path

from core.sdk import Texts

texts = Texts("red_property", Path(__file__).parent)
_ = texts.lazy
