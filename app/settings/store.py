"""The settings in force: changed by a control, checked, saved at once, and told to whoever follows them."""

import logging
from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec import inspect
from PySide6.QtCore import QObject, Signal

from app.amounts import localised
from engine.errors import AloudError
from engine.settings import Settings, save

log = logging.getLogger(__name__)


class SettingsStore(QObject):
    """Holds what ``path`` keeps. Main thread; saving blocks for the disk, some milliseconds.

    ``changed`` carries the settings before and after. ``failed`` tells that they could not be saved:
    they are in force all the same, and the next change tries again.
    """

    changed = Signal(object, object)
    failed = Signal(object)
    saved = Signal()
    was_reset = Signal()

    def __init__(self, path: Path, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path = path
        self.settings = settings
        self.unsaved: AloudError | None = None

    def value(self, section: str, name: str) -> Any:
        """One value as it is now."""
        return getattr(getattr(self.settings, section), name)

    def change(self, section: str, **values: Any) -> str:
        """Takes ``values`` into ``section`` if all of them are valid; else returns why not, for the field."""
        before = getattr(self.settings, section)
        for name, value in values.items():
            reason = self.wrong(type(before), name, value)
            if reason:
                return reason
        after = msgspec.structs.replace(before, **values)
        if after != before:
            self._take(msgspec.structs.replace(self.settings, **{section: after}))
        return ""

    def reset(self) -> None:
        """Everything as on a fresh machine, but for the first run, which is over."""
        general = msgspec.structs.replace(Settings().general, onboarded=True)
        self.was_reset.emit()
        self._take(msgspec.structs.replace(Settings(), general=general))

    def save(self) -> bool:
        """Writes the file, and says whether that went well."""
        try:
            save(self.path, self.settings)
        except AloudError as error:
            return self._not_saved(error)
        except OSError as error:
            log.warning("the settings could not be saved: %s", error)
            return self._not_saved(
                AloudError("The settings could not be saved: {reason}.", reason=error.strerror)
            )
        self.unsaved = None
        self.saved.emit()
        return True

    def wrong(self, kind: type[msgspec.Struct], name: str, value: Any) -> str:
        """Why ``value`` can't be the value of ``name``, in words for a person; "" where it can."""
        try:
            msgspec.convert({name: value}, kind)
        except msgspec.ValidationError as error:
            return self._words_for(kind, name) or str(error).split(" - at ")[0]
        return ""

    def _words_for(self, kind: type[msgspec.Struct], name: str) -> str:
        field = next(field for field in msgspec.structs.fields(kind) if field.name == name)
        match inspect.type_info(field.type):
            case inspect.IntType(ge=low, le=high) | inspect.FloatType(ge=low, le=high) if low is not None:
                return self.tr("A number from %s to %s.") % (localised(f"{low:g}"), localised(f"{high:g}"))
            case (
                inspect.StrType(max_length=longest)
                | inspect.VarTupleType(item_type=inspect.StrType(max_length=longest))
            ) if longest is not None:
                return self.tr("At most %s characters.") % longest
            case inspect.LiteralType():
                return self.tr("One of: %s.") % ", ".join(str(one) for one in get_args(field.type))
        return ""

    def _take(self, settings: Settings) -> None:
        before, self.settings = self.settings, settings
        self.save()
        self.changed.emit(before, settings)

    def _not_saved(self, error: AloudError) -> bool:
        self.unsaved = error
        self.failed.emit(error)
        return False
