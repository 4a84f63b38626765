-- Messages that wait or are being sent are as many as their enrollments know, sequence by sequence.
-- Not sum(): a number beyond all measure is to be found, not to overflow.
SELECT 'sequence ' || sequence_id || ': counted ' || total(counted) || ', known ' || total(known)
FROM (
  SELECT sequence_id, total AS counted, 0 AS known FROM message_counts WHERE state IN ('pending','processing')
  UNION ALL SELECT sequence_id, 0, total(outstanding) FROM enrollments GROUP BY sequence_id
) GROUP BY sequence_id HAVING total(counted) <> total(known)
