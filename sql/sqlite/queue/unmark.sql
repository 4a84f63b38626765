-- Takes a claim back, if its token is still current.
DELETE FROM processing WHERE token = :token
RETURNING enrollment_id, step, device_id, lead_id, sequence_id, version_id,
          due_at, tries, resends, previous_id, claimed_at, stop_reason
