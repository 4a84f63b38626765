DELETE FROM aliases WHERE lead_id = :lead_id
