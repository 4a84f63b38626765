SELECT v.plan FROM versions AS v WHERE v.sequence_id = :sequence_id AND v.id IN (
  SELECT e.version_id FROM enrollments AS e
  WHERE e.sequence_id = :sequence_id AND e.state IN ('active','paused')
)
