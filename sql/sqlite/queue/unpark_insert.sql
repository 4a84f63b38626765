-- A part of a resumed sequence goes back where it was, in the order of the clustered key.
INSERT INTO pending (device_id, due_at, enrollment_id, step, tries, resends, previous_id)
SELECT device_id, due_at, enrollment_id, step, tries, resends, previous_id
FROM parked
WHERE sequence_id = :sequence_id
  AND (device_id, due_at, enrollment_id, step) > (:device_id, :due_at, :enrollment_id, :step)
  AND (device_id, due_at, enrollment_id, step)
    <= (:last_device_id, :last_due_at, :last_enrollment_id, :last_step)
