DELETE FROM parked WHERE sequence_id = :sequence_id AND device_id = :device_id AND due_at = :due_at
  AND enrollment_id = :enrollment_id AND step = :step
