INSERT INTO check_counts (month, sequence_id, step, sent) VALUES (:month, :sequence_id, :step, :sent)
ON CONFLICT (month, sequence_id, step) DO UPDATE SET sent = sent + excluded.sent
