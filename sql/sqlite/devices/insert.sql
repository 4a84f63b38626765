INSERT INTO devices (name, settings, enabled, applied_at) VALUES (:name, :settings, :enabled, :now)
