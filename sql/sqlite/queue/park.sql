INSERT INTO parked (sequence_id, device_id, due_at, enrollment_id, step, tries, resends, previous_id)
VALUES (:sequence_id, :device_id, :due_at, :enrollment_id, :step, :tries, :resends, :previous_id)
