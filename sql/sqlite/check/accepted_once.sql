-- No message was accepted twice.
SELECT 'enrollment ' || enrollment_id || ', step ' || step || ': sent ' || count(*) || ' times'
FROM history_0000_00 WHERE id > :after AND id <= :up_to AND state = 'sent'
GROUP BY enrollment_id, step HAVING count(*) > 1
UNION ALL
SELECT 'enrollment ' || h.enrollment_id || ', step ' || h.step || ': sent by an earlier try too'
FROM history_0000_00 AS h
WHERE h.id > :after AND h.id <= :up_to AND EXISTS (
  SELECT 1 FROM retries AS r WHERE r.enrollment_id = h.enrollment_id AND r.step = h.step AND r.code = 'sent'
)
