SELECT accepted_at, delivered_at, read_at FROM receipts
WHERE enrollment_id = :enrollment_id AND step = :step
