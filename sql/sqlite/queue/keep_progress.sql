UPDATE enrollments SET state = :state, reason = :reason, ended_at = :ended_at,
  outstanding = :outstanding, paused_on = :paused_on, last_id = :last_id
WHERE id = :enrollment_id
