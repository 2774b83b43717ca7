"""The plugin's texts."""

from pathlib import Path

from core.sdk import Texts

texts = Texts("volunteer", Path(__file__).parent)
_ = texts.lazy
