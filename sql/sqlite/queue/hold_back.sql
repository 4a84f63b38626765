-- Later steps of an upfront enrollment wait for one that was put back: a walk over its device's rows.
UPDATE pending SET due_at = :due_at
WHERE device_id = :device_id AND enrollment_id = :enrollment_id AND step > :step AND due_at < :due_at
