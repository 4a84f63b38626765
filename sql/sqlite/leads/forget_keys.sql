DELETE FROM other_keys WHERE lead_id = :lead_id
