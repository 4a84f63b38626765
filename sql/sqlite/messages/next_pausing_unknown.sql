-- The next message of an enrollment that the operator is asked about.
SELECT min(step) FROM unknowns WHERE enrollment_id = :enrollment_id AND pauses = 1
