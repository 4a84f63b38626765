-- The dispatch mark.
INSERT INTO processing (token, enrollment_id, step, device_id, lead_id, sequence_id, version_id,
                        due_at, tries, resends, previous_id, claimed_at)
VALUES (:token, :enrollment_id, :step, :device_id, :lead_id, :sequence_id, :version_id,
        :due_at, :tries, :resends, :previous_id, :claimed_at)
