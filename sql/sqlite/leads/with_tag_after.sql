-- A tag's leads in order of their id: a walk in the clustered key.
SELECT l.id, l.address, l.email, l.zone, l.region, l.device, l.fields
FROM lead_tags AS t CROSS JOIN leads AS l ON l.id = t.lead_id
WHERE t.tag_id = :tag_id AND t.lead_id > :after ORDER BY t.lead_id LIMIT :limit
