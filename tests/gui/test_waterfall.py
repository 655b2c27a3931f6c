"""Where a turn's time went, and how often its sound stopped."""

import pytest
from pytestqt.qtbot import QtBot

from app.theme import LIGHT
from app.transcript.waterfall import Waterfall

SECONDS = {"transcription_s": 0.1, "ttft_s": 0.3, "first_frame_s": 0.2, "playout_s": 0.05}


def shown(seconds: dict[str, float], qtbot: QtBot) -> Waterfall:
    waterfall = Waterfall(seconds, LIGHT)
    qtbot.addWidget(waterfall)
    waterfall.resize(500, waterfall.height_for(500))
    waterfall.grab()
    return waterfall


def test_gaps_that_were_heard_are_shown_and_read_out(qtbot: QtBot) -> None:
    smooth, halting = shown(SECONDS, qtbot), shown(SECONDS | {"underruns": 2.0}, qtbot)
    assert (smooth.gaps, halting.gaps) == (0, 2)
    assert halting.height_for(500) > smooth.height_for(500)
    assert "Gaps in the sound 2" in halting.accessibleName()
    assert "Gaps" not in smooth.accessibleName()
    assert halting.rows == smooth.rows
    assert halting.rows[-1][2] == pytest.approx(0.65)
