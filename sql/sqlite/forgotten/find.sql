-- By its enrollment, unless the id was given out again after the dispatch; else by who was written to, when the
-- enrollment is not there any more and this is the first that was made since.
SELECT f.id, f.dispatched_at FROM forgotten AS f WHERE f.id = coalesce(
  (SELECT g.id FROM forgotten AS g
   WHERE g.enrollment_id = :enrollment_id AND g.step = :step AND g.sequence = :sequence
     AND (g.address = :address
          OR g.dispatched_at >= (SELECT e.enrolled_at FROM enrollments AS e WHERE e.id = :enrollment_id))),
  (SELECT g.id FROM forgotten AS g
   WHERE g.address = :address AND g.sequence = :sequence AND g.step = :step
     AND NOT EXISTS (
       SELECT 1 FROM enrollments AS own
       WHERE own.id = g.enrollment_id AND own.enrolled_at <= g.dispatched_at)
     AND NOT EXISTS (
       SELECT 1 FROM enrollments AS e JOIN enrollments AS earlier
         ON earlier.sequence_id = e.sequence_id AND earlier.lead_id = e.lead_id
       WHERE e.id = :enrollment_id AND earlier.round < e.round
         AND earlier.enrolled_at > g.dispatched_at)
   ORDER BY g.enrollment_id DESC LIMIT 1)
)
