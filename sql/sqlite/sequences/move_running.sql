UPDATE enrollments SET version_id = :version_id
WHERE sequence_id = :sequence_id AND version_id <> :version_id AND state IN ('active','paused')
