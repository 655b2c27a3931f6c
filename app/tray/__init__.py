"""The menu bar: a template icon that shows what Aloud does, and its menu."""
