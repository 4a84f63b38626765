INSERT INTO lead_tags (tag_id, lead_id) VALUES (:tag_id, :lead_id) ON CONFLICT DO NOTHING
