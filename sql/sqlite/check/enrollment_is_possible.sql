-- The numbers of an enrollment can be.
SELECT 'enrollment ' || id || ': round ' || round || ', ' || outstanding || ' outstanding'
FROM enrollments
WHERE id >= :first AND id < :end
  AND (round NOT BETWEEN 1 AND 4294967295 OR outstanding NOT BETWEEN 0 AND 4294967295
    OR coalesce(paused_on, 1) NOT BETWEEN 1 AND 65535)
