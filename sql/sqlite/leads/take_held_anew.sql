DELETE FROM held_anew WHERE lead_id IN (SELECT h.lead_id FROM held_anew AS h ORDER BY h.lead_id LIMIT :limit)
RETURNING lead_id
