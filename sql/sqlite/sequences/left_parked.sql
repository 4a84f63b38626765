-- Sequences that run while active enrollments of theirs lie aside: their resume was cut short.
SELECT s.id FROM sequences AS s
WHERE s.state = 'running' AND EXISTS (
  SELECT 1 FROM parked AS p CROSS JOIN enrollments AS e ON e.id = p.enrollment_id
  WHERE p.sequence_id = s.id AND e.state = 'active')
