"""``aloud voice-report``: how fast this machine speaks with Kyutai's voice, measured and written down."""

import argparse
import sys
from pathlib import Path

from engine.errors import AloudError
from engine.headless import read_settings
from engine.registry import kyutai_folders

WIDTHS = (4, 6, 8, 0)


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds ``voice-report``."""
    parser = commands.add_parser(
        "voice-report", help="measure Kyutai's voice on this machine; writes a report"
    )
    parser.add_argument("--out", type=Path, default=Path("aloud-voice-report.md"))
    parser.add_argument("--bits", type=int, choices=WIDTHS, default=8, help="of the weights; 0 for bfloat16")
    parser.add_argument(
        "--no-upstream", action="store_true", help="don't measure moshi_mlx's own generate beside it"
    )
    parser.add_argument("--folder", type=Path, help="the model's folder, if not the downloaded one")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs ``voice-report``: some minutes."""
    from engine.tts.kyutai.report import write_report

    settings, _ = read_settings()
    folder, voices = (args.folder, ()) if args.folder else kyutai_folders(settings)
    try:
        text = write_report(
            args.out, folder, voices, bits=args.bits, upstream=not args.no_upstream, progress=_tell
        )
    except OSError as error:
        raise AloudError(
            f"{args.out} can't be written: {error}.", "Choose another file with --out."
        ) from error
    print(text)
    _tell(None, f"The report is in {args.out}.")
    return 0


def _tell(fraction: float | None, detail: str) -> None:
    print(detail, file=sys.stderr)
