"""The two short sounds that say when the microphone opens and closes."""
