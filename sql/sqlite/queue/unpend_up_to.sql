-- Takes a device's messages out of its line up to this one.
DELETE FROM pending
WHERE device_id = :device_id AND (due_at, enrollment_id, step) <= (:due_at, :enrollment_id, :step)
