DELETE FROM retries WHERE enrollment_id = :enrollment_id AND step = :step
