SELECT 1 FROM unknowns WHERE enrollment_id = :enrollment_id AND step = :step AND pauses = 1
