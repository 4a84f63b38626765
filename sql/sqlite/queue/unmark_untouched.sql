-- Takes a claim back whose mark is remembered, unless something has happened since: a stop, a receipt, a message
-- before it that was unknown and whose fate became known. Then it is read first. Nothing else of the row changes.
DELETE FROM processing
WHERE token = :token AND enrollment_id = :enrollment_id AND step = :step
  AND previous_id IS :previous_id AND stop_reason IS NULL
  AND NOT EXISTS (SELECT 1 FROM receipts AS r WHERE r.enrollment_id = :enrollment_id AND r.step = :step)
