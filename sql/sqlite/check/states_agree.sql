-- An enrollment has an end when it has ended, a reason when it was stopped, and a question when it is paused.
SELECT 'enrollment ' || id || ', ' || state
FROM enrollments
WHERE id >= :first AND id < :end AND (
     (ended_at IS NOT NULL) <> (state IN ('finished','stopped'))
  OR (reason IS NOT NULL) <> (state = 'stopped')
  OR (paused_on IS NOT NULL) <> (state = 'paused'))
