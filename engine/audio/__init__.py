"""Microphones and speakers: devices through rtmixer's C callback, and null and WAV-file stand-ins."""
