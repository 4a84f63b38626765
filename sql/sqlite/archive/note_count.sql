INSERT INTO archived_counts (month, sequence_id, step, state, reason, total)
VALUES (:month, :sequence_id, :step, :state, :reason, :total)
