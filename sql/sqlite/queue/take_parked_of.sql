DELETE FROM parked
WHERE sequence_id = :sequence_id AND device_id = :device_id AND enrollment_id = :enrollment_id
RETURNING step, due_at, tries, resends, previous_id
