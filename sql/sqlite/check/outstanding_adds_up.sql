-- Messages that wait or are being sent are as many as their enrollments know, sequence by sequence.
SELECT 'sequence ' || sequence_id || ': counted ' || sum(counted) || ', known ' || sum(known)
FROM (
  SELECT sequence_id, total AS counted, 0 AS known FROM message_counts WHERE state IN ('pending','processing')
  UNION ALL SELECT sequence_id, 0, sum(outstanding) FROM enrollments GROUP BY sequence_id
) GROUP BY sequence_id HAVING sum(counted) <> sum(known)
