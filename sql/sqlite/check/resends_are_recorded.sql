-- Each time that a message was sent again after an ambiguous try, that try is on record.
-- One of unknown fate may have been in doubt until its end: then its own row holds the last of them.
SELECT 'enrollment ' || o.enrollment_id || ', step ' || o.step || ': ' || o.resends || ' resends'
FROM (
  SELECT enrollment_id, step, resends FROM pending
  WHERE device_id IN (SELECT id FROM devices WHERE id % :of = :slice) AND resends > 0
  UNION ALL SELECT enrollment_id, step, resends FROM processing WHERE resends > 0
  UNION ALL SELECT enrollment_id, step, resends - 1 FROM unknowns WHERE resends > 1
) AS o
WHERE o.resends > (SELECT count(*) FROM retries AS r
  WHERE r.enrollment_id = o.enrollment_id AND r.step = o.step AND r.code = 'ambiguous')
