"""How long a test waits in vain: for what takes milliseconds, but on a machine that does other things too."""

WATCHDOG_S = 60.0
