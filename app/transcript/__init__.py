"""The transcript: what was asked and what is answered, streamed without flicker."""
