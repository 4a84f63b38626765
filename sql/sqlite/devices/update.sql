UPDATE devices SET settings = :settings, enabled = :enabled, applied_at = :now WHERE id = :device_id
