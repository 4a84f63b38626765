INSERT INTO enrollments (lead_id, sequence_id, version_id, device_id, round, enrolled_at)
VALUES (:lead_id, :sequence_id, :version_id, :device_id, :round, :enrolled_at)
ON CONFLICT DO NOTHING
