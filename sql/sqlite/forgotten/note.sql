-- A message that was tried more than once is one message.
INSERT INTO forgotten (address, sequence, step, enrollment_id, dispatched_at)
VALUES (:address, :sequence, :step, :enrollment_id, :dispatched_at)
ON CONFLICT (address, sequence, step, enrollment_id)
DO UPDATE SET dispatched_at = max(dispatched_at, excluded.dispatched_at)
