SELECT sequence_id, state, total FROM enrollment_counts ORDER BY sequence_id
