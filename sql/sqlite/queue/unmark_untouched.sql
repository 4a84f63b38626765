-- Takes a claim back of which all is remembered, unless something has happened to it since its mark: a stop, a
-- receipt, a message of its enrollment that was written to history. Then it is read first.
DELETE FROM processing
WHERE token = :token AND previous_id IS :previous_id AND stop_reason IS NULL
  AND NOT EXISTS (SELECT 1 FROM receipts AS r WHERE r.enrollment_id = :enrollment_id AND r.step = :step)
