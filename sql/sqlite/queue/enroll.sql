INSERT INTO enrollments (lead_id, sequence_id, version_id, device_id, round, enrolled_at, outstanding)
VALUES (:lead_id, :sequence_id, :version_id, :device_id, :round, :enrolled_at, :outstanding)
ON CONFLICT DO NOTHING
