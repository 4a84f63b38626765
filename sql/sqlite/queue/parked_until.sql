-- Where the next so many parked messages of a sequence end.
SELECT device_id, due_at, enrollment_id, step FROM parked
WHERE sequence_id = :sequence_id
  AND (device_id, due_at, enrollment_id, step) > (:device_id, :due_at, :enrollment_id, :step)
ORDER BY device_id, due_at, enrollment_id, step LIMIT 1 OFFSET :rows
