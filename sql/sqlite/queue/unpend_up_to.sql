-- Takes all of them out of the line.
DELETE FROM pending
WHERE device_id = :device_id AND (due_at, enrollment_id, step) <= (:due_at, :enrollment_id, :step)
