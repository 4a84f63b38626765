DELETE FROM lead_tags WHERE tag_id IN (SELECT id FROM tags) AND lead_id = :lead_id
