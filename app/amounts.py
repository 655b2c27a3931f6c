"""Numbers and sizes as a person of the interface's language writes them: 1,5 Go in French."""

from PySide6.QtCore import QCoreApplication, QLocale


def number(value: float, decimals: int = 1) -> str:
    """``value`` with so many decimals behind the decimal sign of the language, and no other sign."""
    return localised(f"{value:.{decimals}f}")


def localised(digits: str) -> str:
    """A number that was written with a point, with the language's decimal sign."""
    return digits.replace(".", QLocale().decimalPoint())


def read_number(text: str) -> float:
    """A number as a person types it, with a point or a comma. Raises ``ValueError``."""
    return float(text.strip().replace(",", "."))


def percent(share: float) -> str:
    """``share``, of 1.0, as a whole number of hundredths."""
    return tr("%s%%") % round(100 * share)


def size(count_bytes: float) -> str:
    """A number of bytes: "94 kB", "652 MB", "3.7 GB" (powers of ten, as disks are sold)."""
    if count_bytes >= 1e9:
        return tr("%s GB") % number(count_bytes / 1e9)
    if count_bytes >= 1e6:
        return tr("%s MB") % round(count_bytes / 1e6)
    return tr("%s kB") % round(max(count_bytes, 0) / 1e3)


def duration(seconds: float) -> str:
    """A short time: in milliseconds, from ten seconds on in seconds."""
    return tr("%s ms") % round(seconds * 1000) if seconds < 10 else tr("%s s") % number(seconds)


def tr(text: str) -> str:
    """``text`` in the app's language."""
    return QCoreApplication.translate("Amounts", text)
