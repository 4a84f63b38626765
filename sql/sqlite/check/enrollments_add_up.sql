-- Enrollments of each sequence and state are as many as their count says.
-- Grouped by the sequence alone: a third of the time that it takes to sort by state too.
WITH found AS MATERIALIZED (
  SELECT sequence_id, sum(state = 'active') AS active, sum(state = 'paused') AS paused,
    sum(state = 'finished') AS finished, sum(state = 'stopped') AS stopped
  FROM enrollments GROUP BY sequence_id
)
SELECT 'sequence ' || sequence_id || ', ' || state || ': counted ' || sum(counted) || ', found ' || sum(found)
FROM (
  SELECT sequence_id, state, total AS counted, 0 AS found FROM enrollment_counts
  UNION ALL SELECT sequence_id, 'active', 0, active FROM found
  UNION ALL SELECT sequence_id, 'paused', 0, paused FROM found
  UNION ALL SELECT sequence_id, 'finished', 0, finished FROM found
  UNION ALL SELECT sequence_id, 'stopped', 0, stopped FROM found
) GROUP BY sequence_id, state HAVING sum(counted) <> sum(found)
