"""Voices: one file or folder a backend; each keeps `engine.ports.Synthesizer`."""
