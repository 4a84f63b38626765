-- A device that messages wait for is there.
WITH RECURSIVE waited_for (id) AS (
  SELECT min(device_id) FROM pending
  UNION ALL
  SELECT (SELECT p.device_id FROM pending AS p WHERE p.device_id > w.id ORDER BY p.device_id LIMIT 1)
  FROM waited_for AS w WHERE w.id IS NOT NULL
)
SELECT 'device ' || w.id FROM waited_for AS w LEFT JOIN devices AS d ON d.id = w.id
WHERE w.id IS NOT NULL AND d.id IS NULL
