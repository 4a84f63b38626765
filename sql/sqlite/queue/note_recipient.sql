INSERT OR IGNORE INTO recipients (device_id, day, lead_id) VALUES (:device_id, :day, :lead_id)
