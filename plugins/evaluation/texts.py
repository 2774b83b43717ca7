"""The plugin's texts."""

from pathlib import Path

from core.sdk import Texts

texts = Texts("evaluation", Path(__file__).parent)
_ = texts.lazy
