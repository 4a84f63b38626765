SELECT id, address, email, zone, region, device, fields FROM leads
WHERE id > :after ORDER BY id LIMIT :limit
