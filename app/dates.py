"""Moments of the past in words: short beside a conversation, exact beside a question.

A moment that no calendar has (from a file made by hand) is taken for the nearest that one has.
"""

from datetime import date, datetime
from math import isfinite

from PySide6.QtCore import QCoreApplication, QDate, QDateTime, QLocale

LAST_S = 253_402_214_400.0
"""The last day of the year 9999, in seconds since 1970."""


def day_or_time(at_s: float, today: date) -> str:
    """The time for a moment of today, the day's name within a week, else the date."""
    then, locale = _moment(at_s), QLocale()
    days = _days_ago(then, today)
    if days <= 0:
        return locale.toString(then.time(), QLocale.FormatType.ShortFormat)
    if days < 7:
        return locale.dayName(then.date().dayOfWeek())
    return locale.toString(then.date(), QLocale.FormatType.ShortFormat)


def section(at_s: float, today: date) -> str:
    """The heading that a moment stands under in a list."""
    days = _days_ago(_moment(at_s), today)
    translate = QCoreApplication.translate
    if days <= 0:
        return translate("dates", "Today")
    if days == 1:
        return translate("dates", "Yesterday")
    return translate("dates", "Last seven days") if days < 7 else translate("dates", "Earlier")


def time_of(at_s: float, today: date) -> str:
    """The time of a moment, with its date before it unless that is today."""
    then, locale = _moment(at_s), QLocale()
    time = locale.toString(then.time(), QLocale.FormatType.ShortFormat)
    if not _days_ago(then, today):
        return time
    return f"{locale.toString(then.date(), QLocale.FormatType.ShortFormat)} {time}"


def this_day() -> date:
    """Today, as the clock on the wall has it."""
    return datetime.now().astimezone().date()


def _moment(at_s: float) -> QDateTime:
    known_s = min(max(at_s, 0.0), LAST_S) if isfinite(at_s) else 0.0
    return QDateTime.fromSecsSinceEpoch(int(known_s))


def _days_ago(then: QDateTime, today: date) -> int:
    return then.date().daysTo(QDate(today.year, today.month, today.day))
