-- Takes a claim back, if its token is still current. A receipt may have been faster than the answer.
DELETE FROM processing WHERE token = :token
RETURNING enrollment_id, step, device_id, lead_id, sequence_id, version_id,
          due_at, tries, resends, previous_id, claimed_at, stop_reason,
  EXISTS (SELECT 1 FROM receipts AS r
          WHERE r.enrollment_id = processing.enrollment_id AND r.step = processing.step)
