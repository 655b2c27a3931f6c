"""Brain: what writes the replies.

One streaming path for all of them: ``openai_model`` speaks to OpenAI and every server that is
compatible with it, ``embedded`` runs such a server in process, ``discover`` finds those that
already run on this machine.
"""
