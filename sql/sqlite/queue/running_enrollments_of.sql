SELECT id, device_id, sequence_id, version_id FROM enrollments
WHERE sequence_id = :sequence_id AND lead_id = :lead_id AND state IN ('active','paused')
