INSERT INTO other_keys (source, source_key, lead_id) VALUES (:source, :source_key, :lead_id)
