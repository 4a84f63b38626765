DELETE FROM unknowns WHERE enrollment_id = :enrollment_id AND step = :step
RETURNING version_id
