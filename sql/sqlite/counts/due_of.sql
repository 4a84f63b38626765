SELECT count(*) FROM (
  SELECT 1 FROM pending WHERE device_id = :device_id AND due_at <= :now LIMIT :at_most
)
