-- A lead that is gone is left out.
INSERT INTO lead_tags (tag_id, lead_id) SELECT :tag_id, l.id FROM leads AS l WHERE l.id = :lead_id
ON CONFLICT DO NOTHING
