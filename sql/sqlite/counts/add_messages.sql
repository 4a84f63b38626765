INSERT INTO message_counts (sequence_id, step, state, reason, total)
VALUES (:sequence_id, :step, :state, :reason, :change)
ON CONFLICT (sequence_id, step, state, reason) DO UPDATE SET total = total + excluded.total
