INSERT INTO aliases (address, lead_id) VALUES (:address, :lead_id)
