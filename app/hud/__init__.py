"""The small pill over other apps while Aloud listens, thinks and speaks."""
