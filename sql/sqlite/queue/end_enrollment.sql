UPDATE enrollments SET state = :state, reason = :reason, ended_at = :ended_at,
  last_id = coalesce(:last_id, last_id)
WHERE id = :enrollment_id
RETURNING sequence_id
