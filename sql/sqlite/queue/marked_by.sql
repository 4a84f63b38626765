-- A claim, if its token is still current. A receipt may have been faster than the answer.
SELECT p.enrollment_id, p.step, p.device_id, p.lead_id, p.sequence_id, p.version_id,
       p.due_at, p.tries, p.resends, p.previous_id, p.claimed_at, p.stop_reason,
       EXISTS (SELECT 1 FROM receipts AS r WHERE r.enrollment_id = p.enrollment_id AND r.step = p.step)
FROM processing AS p WHERE p.token = :token
