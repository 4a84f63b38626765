INSERT INTO enrollment_counts (sequence_id, state, total) VALUES (:sequence_id, :state, :change)
ON CONFLICT (sequence_id, state) DO UPDATE SET total = total + excluded.total
