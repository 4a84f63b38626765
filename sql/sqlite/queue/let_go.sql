DELETE FROM held_back WHERE enrollment_id = :enrollment_id AND step <= :step
