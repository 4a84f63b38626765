-- How many messages of a device lie before the end of a stretch.
SELECT count(*) FROM pending
WHERE device_id = :device_id AND (due_at, enrollment_id, step) <= (:due_at, :enrollment_id, :step)
