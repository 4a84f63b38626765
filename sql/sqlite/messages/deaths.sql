SELECT count(*) FROM retries
WHERE enrollment_id = :enrollment_id AND step = :step AND detail = :lost
