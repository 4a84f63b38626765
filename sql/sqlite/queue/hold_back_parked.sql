UPDATE parked SET due_at = :due_at
WHERE sequence_id = :sequence_id AND device_id = :device_id AND enrollment_id = :enrollment_id
  AND step > :step AND due_at < :due_at
