"""What a person sees: progress, tables, questions. rich is imported when something is drawn."""

from __future__ import annotations

from importer.terminal.screen import Screen

__all__ = ["Screen"]
