"""Kyutai TTS on MLX: loader, step, text machine, codec, voices, and the Synthesizer made of them."""
