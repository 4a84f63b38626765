SELECT sequence_id, state, reason, ended_at, outstanding, paused_on, last_id
FROM enrollments WHERE id = :enrollment_id
