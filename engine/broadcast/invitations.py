"""An invitation as people meet it: URLs to open, and a picture for a camera."""

import io
from collections.abc import Sequence

from engine.broadcast.gate import address_of


def base_urls(scheme: str, port: int, name: str, addresses: Sequence[str]) -> tuple[str, ...]:
    """Where others on the local network find the page: by the mDNS name if it is announced, by address."""
    hosts = [*([name] if name else []), *map(_in_url, addresses)]
    return tuple(f"{scheme}://{host}:{port}/" for host in hosts)


def qr_svg(url: str) -> str:
    """``url`` as a QR code: an SVG picture, dark on light whatever the theme, with its quiet zone."""
    import segno

    picture = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        picture, kind="svg", scale=8, border=4, dark="#000", light="#fff", xmldecl=False
    )
    return picture.getvalue().decode()


def qr_text(url: str) -> str:
    """``url`` as a QR code for a terminal: two rows of modules in each line of text."""
    import segno

    code = segno.make(url, error="m", micro=False)
    matrix = [[bool(module) for module in row] for row in code.matrix_iter(border=4)]
    if len(matrix) % 2:
        matrix.append([False] * len(matrix[0]))
    glyphs = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
    return "\n".join(
        "".join(glyphs[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(matrix[::2], matrix[1::2], strict=True)
    )


def _in_url(address: str) -> str:
    parsed = address_of(address)
    return f"[{address}]" if parsed is not None and parsed.version == 6 else address
