DELETE FROM parked
WHERE sequence_id = :sequence_id
  AND (device_id, due_at, enrollment_id, step) > (:device_id, :due_at, :enrollment_id, :step)
  AND (device_id, due_at, enrollment_id, step)
    <= (:last_device_id, :last_due_at, :last_enrollment_id, :last_step)
