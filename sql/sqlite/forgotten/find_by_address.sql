-- By who was written to, when the enrollment is not there any more and this is the first that was made since.
SELECT f.id, f.dispatched_at FROM forgotten AS f
WHERE f.address = :address AND f.sequence = :sequence AND f.step = :step
  AND NOT EXISTS (
    SELECT 1 FROM enrollments AS own
    WHERE own.id = f.enrollment_id AND own.enrolled_at <= f.dispatched_at)
  AND NOT EXISTS (
    SELECT 1 FROM enrollments AS e JOIN enrollments AS earlier
      ON earlier.sequence_id = e.sequence_id AND earlier.lead_id = e.lead_id
    WHERE e.id = :enrollment_id AND earlier.round < e.round
      AND earlier.enrolled_at > f.dispatched_at)
ORDER BY f.enrollment_id DESC LIMIT 1
