"""How people come to trust the room's authority (see ``authority``) on each system."""

from typing import Final

TRUST_STEPS: Final[dict[str, tuple[str, ...]]] = {
    "iPhone or iPad": (
        "Open this link in Safari and allow the download.",
        "In Settings, General, VPN & Device Management, install the downloaded profile.",
        "In Settings, General, About, Certificate Trust Settings, switch Aloud on.",
    ),
    "Android": (
        "Open this link, which downloads the certificate.",
        "In Settings, Security, Encryption & credentials, Install a certificate, choose CA certificate.",
        "Choose the downloaded file.",
    ),
    "Mac": (
        "Open this link and then the downloaded file: it goes into the login keychain.",
        "In Keychain Access, open it and choose Trust, Always Trust.",
    ),
    "Windows": (
        "Open this link and then the downloaded file.",
        "Install Certificate, Current User, Trusted Root Certification Authorities.",
    ),
    "Linux": (
        "Open this link, which downloads the certificate.",
        "In the browser's settings, under Certificates, Authorities, import it and trust it for websites.",
    ),
}
"""By system, given a link to the certificate. The page has the same in its own words."""
