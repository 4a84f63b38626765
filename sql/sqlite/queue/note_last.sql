UPDATE enrollments SET last_id = :last_id WHERE id = :enrollment_id
