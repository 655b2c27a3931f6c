"""Ears: what turns an utterance into text.

``moonshine`` is the embedded default, ``parakeet`` the better recogniser once its weights are on
disk; ``live`` decides what to transcribe while the key is still held.
"""
