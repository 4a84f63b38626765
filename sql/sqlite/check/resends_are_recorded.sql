-- Each time that a message was sent again after an ambiguous try, that try is on record.
SELECT 'enrollment ' || o.enrollment_id || ', step ' || o.step || ': ' || o.resends || ' resends'
FROM (
  SELECT enrollment_id, step, resends FROM pending
  WHERE device_id IN (SELECT id FROM devices WHERE id % :of = :slice) AND resends > 0
  UNION ALL SELECT enrollment_id, step, resends FROM processing WHERE resends > 0
  UNION ALL SELECT enrollment_id, step, resends FROM unknowns WHERE resends > 0
) AS o
WHERE o.resends > (SELECT count(*) FROM retries AS r
  WHERE r.enrollment_id = o.enrollment_id AND r.step = o.step AND r.code = 'ambiguous')
