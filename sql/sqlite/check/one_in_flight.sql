-- A device that sends like a person has one message in flight at most.
SELECT 'device ' || d.name || ': ' || count(*) || ' in flight'
FROM processing AS p CROSS JOIN devices AS d ON d.id = p.device_id
WHERE json_extract(d.settings, '$.pace.gap.between') IS NOT NULL
GROUP BY p.device_id HAVING count(*) > 1
