-- The first of a count; `raise_messages` adds to it.
INSERT INTO message_counts (sequence_id, step, state, reason, total)
VALUES (:sequence_id, :step, :state, :reason, :change)
