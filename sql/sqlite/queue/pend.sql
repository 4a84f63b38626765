INSERT INTO pending (device_id, due_at, enrollment_id, step, tries, resends, previous_id)
VALUES (:device_id, :due_at, :enrollment_id, :step, :tries, :resends, :previous_id)
