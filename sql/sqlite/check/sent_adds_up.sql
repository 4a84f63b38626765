-- What was sent of each sequence and step is as many as its count says.
SELECT 'sequence ' || sequence_id || ', step ' || step || ': counted ' || sum(counted) || ', found ' || sum(found)
FROM (
  SELECT sequence_id, step, total AS counted, 0 AS found FROM message_counts WHERE state = 'sent'
  UNION ALL SELECT sequence_id, step, 0, total FROM archived_counts WHERE state = 'sent'
  UNION ALL
  SELECT c.sequence_id, c.step, 0, c.sent
  FROM check_counts AS c CROSS JOIN months AS m ON m.month = c.month
  UNION ALL
  -- What was sent since the last check.
  SELECT v.sequence_id, h.step, 0, count(*)
  FROM history_0000_00 AS h CROSS JOIN versions AS v ON v.id = h.version_id
  WHERE h.id > :after AND h.state = 'sent' GROUP BY v.sequence_id, h.step
) GROUP BY sequence_id, step HAVING sum(counted) <> sum(found)
