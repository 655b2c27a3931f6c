"""The room: browsers follow and join the live conversation, text and sound in step.

``docs/protocol.md`` is the wire's reference. Pure parts (``messages``, ``packets``, ``session``,
``room``, ``gate``, ``limits``, ``tokens``) do no input or output; ``server`` is the thin shell on a
thread and loop of its own; ``relay`` ties it to a conversation; ``uplink`` and ``edge`` carry it to
other machines over a ``bus``.
"""
