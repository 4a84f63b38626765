SELECT round, state FROM enrollments
WHERE sequence_id = :sequence_id AND lead_id = :lead_id ORDER BY round DESC LIMIT 1
