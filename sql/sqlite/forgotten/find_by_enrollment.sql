-- By its enrollment, unless the id was given out again after the dispatch.
SELECT f.id, f.dispatched_at FROM forgotten AS f
WHERE f.enrollment_id = :enrollment_id AND f.step = :step AND f.sequence = :sequence
  AND (f.address = :address
       OR f.dispatched_at >= (SELECT e.enrolled_at FROM enrollments AS e WHERE e.id = :enrollment_id))
LIMIT 1
