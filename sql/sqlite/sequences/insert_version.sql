INSERT INTO versions (sequence_id, number, plan, applied_at) VALUES (:sequence_id, :number, :plan, :now)
