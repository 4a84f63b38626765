-- What an enrollment still has pending: a walk over its device's rows, which are as many as the device's leads.
DELETE FROM pending WHERE device_id = :device_id AND enrollment_id = :enrollment_id
RETURNING step, due_at, tries, resends, previous_id
