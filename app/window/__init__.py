"""The main window: transcript, composer, talk button, and how each part of the voice is doing."""
