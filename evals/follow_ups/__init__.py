"""Follow-ups in a conversation, measured against the self-contained wording of the same question."""
