SELECT 1 FROM lead_tags WHERE tag_id = :tag_id AND lead_id = :lead_id
