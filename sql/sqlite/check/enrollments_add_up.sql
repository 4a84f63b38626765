-- Enrollments of each sequence and state are as many as their count says.
SELECT 'sequence ' || sequence_id || ', ' || state || ': counted ' || sum(counted) || ', found ' || sum(found)
FROM (
  SELECT sequence_id, state, total AS counted, 0 AS found FROM enrollment_counts
  UNION ALL SELECT sequence_id, state, 0, count(*) FROM enrollments GROUP BY sequence_id, state
) GROUP BY sequence_id, state HAVING sum(counted) <> sum(found)
