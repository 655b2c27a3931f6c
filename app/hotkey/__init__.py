"""The one key that is held to talk: its chord, its state machine, and who listens for it on each system."""
