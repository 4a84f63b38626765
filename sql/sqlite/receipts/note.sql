-- What a gateway said first stays.
INSERT INTO receipts (enrollment_id, step, accepted_at, delivered_at, read_at)
VALUES (:enrollment_id, :step, :accepted_at, :delivered_at, :read_at)
ON CONFLICT (enrollment_id, step) DO UPDATE SET
  accepted_at = coalesce(accepted_at, excluded.accepted_at),
  delivered_at = coalesce(delivered_at, excluded.delivered_at),
  read_at = coalesce(read_at, excluded.read_at)
