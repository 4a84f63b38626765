-- Each enrollment has each step once, from the first one on without a gap.
SELECT 'enrollment ' || enrollment_id || ': ' || count(*) || ' messages, steps ' || min(step) || ' to ' || max(step)
FROM messages GROUP BY enrollment_id
HAVING count(*) <> max(step) - min(step) + 1 OR count(*) <> count(DISTINCT step)
    OR min(step) > 1 AND NOT EXISTS (SELECT 1 FROM archives)
