-- Every device has a pace that its claims are counted in.
SELECT 'device ' || d.name FROM devices AS d
WHERE NOT EXISTS (SELECT 1 FROM paces AS p WHERE p.device_id = d.id)
