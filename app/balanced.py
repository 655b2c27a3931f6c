"""Text in the middle of a window, in lines of like length."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLabel


def balanced(label: QLabel, widest_px: int) -> QSize:
    """The size of a wrapped label that is as narrow as it can be without taking more lines.

    Its lines are then of like length, and no word stands alone in the last one.
    """
    margins = label.contentsMargins()
    around = QSize(margins.left() + margins.right(), margins.top() + margins.bottom())
    flags = int(Qt.TextFlag.TextWordWrap) | int(label.alignment())

    def height_px(width: int) -> int:
        room = QRect(0, 0, width - around.width(), 1_000_000)
        return label.fontMetrics().boundingRect(room, flags, label.text()).height()

    height, lowest, highest = height_px(widest_px), widest_px // 2, widest_px
    while lowest < highest:
        middle = (lowest + highest) // 2
        if height_px(middle) > height:
            lowest = middle + 1
        else:
            highest = middle
    return QSize(highest, height + around.height())
