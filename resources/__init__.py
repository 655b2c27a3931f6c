"""Icons, prompts, sounds and the listener page, found with ``importlib.resources``."""
