-- By its enrollment, unless the id was given out again after the dispatch; else by who was written to.
SELECT f.id, f.dispatched_at FROM forgotten AS f WHERE f.id = coalesce(
  (SELECT g.id FROM forgotten AS g
   WHERE g.enrollment_id = :enrollment_id AND g.step = :step AND g.sequence = :sequence
     AND (g.address = :address
          OR g.dispatched_at >= (SELECT e.enrolled_at FROM enrollments AS e WHERE e.id = :enrollment_id))),
  (SELECT g.id FROM forgotten AS g
   WHERE g.address = :address AND g.sequence = :sequence AND g.step = :step LIMIT 1)
)
