-- How many messages of a device lie in its line up to this one.
SELECT count(*) FROM pending
WHERE device_id = :device_id AND (due_at, enrollment_id, step) <= (:due_at, :enrollment_id, :step)
