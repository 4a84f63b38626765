SELECT sequence_id, step, state, reason, total FROM message_counts
WHERE total <> 0 ORDER BY sequence_id, step, state, reason
