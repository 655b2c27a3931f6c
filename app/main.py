"""What ``python -m app`` and the bundle start with: one Aloud at a time, its log, and a clean end."""

import logging
import os
from collections.abc import Sequence

from app.application import make_application
from app.composition import App
from app.logs import write_logs
from app.macos.launch import HIDDEN, open_launch
from app.running import run_app
from app.single_instance import SingleInstance
from engine import paths


def main(arguments: Sequence[str]) -> int:
    """Opens the app and blocks until it is quit."""
    launch = open_launch(arguments)
    application = make_application(arguments)
    instance = SingleInstance(paths.data_dir(), ask=HIDDEN not in arguments)
    if not instance.first:  # that one is before the person now, if a person has asked
        return 0 if instance.answered else 1
    write_logs(paths.log_dir())
    app = App(application, launch=launch)
    instance.shown_wanted.connect(app.show)
    left = run_app(application, app)
    instance.close()
    if left:  # a thread deep in a model can't be ended, and must not be destroyed while it runs
        logging.shutdown()
        os._exit(0)
    return 0
