-- Messages of each sequence, step, state and reason are as many as their count says.
SELECT 'sequence ' || sequence_id || ', step ' || step || ', ' || state || ' ' || reason
    || ': counted ' || sum(counted) || ', found ' || sum(found)
FROM (
  SELECT sequence_id, step, state, reason, total AS counted, 0 AS found FROM message_counts
  UNION ALL
  SELECT sequence_id, step, state, reason, 0, total FROM archived_counts
  UNION ALL
  SELECT v.sequence_id, m.step, m.status, CASE WHEN m.status IN ('failed','cancelled') THEN m.reason ELSE '' END,
    0, count(*)
  FROM messages AS m CROSS JOIN versions AS v ON v.id = m.version_id
  GROUP BY v.sequence_id, m.step, m.status, m.reason
  UNION ALL
  -- What was delivered or read was also sent.
  SELECT v.sequence_id, m.step, 'sent', '', 0, count(*)
  FROM messages AS m CROSS JOIN versions AS v ON v.id = m.version_id
  WHERE m.status IN ('delivered','read') GROUP BY v.sequence_id, m.step
) GROUP BY sequence_id, step, state, reason HAVING sum(counted) <> sum(found)
