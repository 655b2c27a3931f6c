"""The settings window: one page a subject, saved at once and in force at once."""
