-- The first of a count; `raise_messages` adds to it.
INSERT INTO message_counts (total, sequence_id, step, state, reason)
VALUES (:change, :sequence_id, :step, :state, :reason)
