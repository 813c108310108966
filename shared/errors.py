"""The one family of errors that Keylight shows to people.

A message is one sentence or two that a person can act on: what was expected, what came, where, and what
to do. Anything that is not a `KeylightError` is a mistake of ours and is reported with its traceback.
"""

from __future__ import annotations

__all__ = ["AudioError", "Cancelled", "KeylightError", "MessageError", "SchemaError"]


class KeylightError(ValueError):
    """Base of every error whose message is meant for the person using Keylight."""


class AudioError(KeylightError):
    """The audio cannot be decoded or cannot be analysed, and the message says why."""


class SchemaError(KeylightError):
    """A document or a table does not have the shape it should have; the message gives the path."""


class MessageError(KeylightError):
    """A message between page and worker is not one that the other side knows."""


class Cancelled(KeylightError):
    """The work was cancelled on request; nothing is wrong."""
