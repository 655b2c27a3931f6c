"""The room: browsers follow and join the live conversation, text and sound in step.

``docs/protocol.md`` is the wire's reference. Pure parts (``messages``, ``packets``, ``session``,
``room``, ``gate``, ``limits``, ``tokens``) do no input or output; ``shell`` is the thin server on a
thread and loop of its own, where the ``hub`` has the clients and the ``host`` knows who they are;
``relay`` ties a room to a conversation; ``uplink`` and ``edge`` carry it to other machines over a
``bus``.
"""
