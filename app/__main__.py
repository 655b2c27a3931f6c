"""``python -m app`` opens the window; ``python -m app --selftest`` checks that this copy is whole."""

import sys

if "--selftest" in sys.argv[1:]:
    from app.selftest import main
else:
    from app.main import main

sys.exit(main(sys.argv))
