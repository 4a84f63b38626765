-- Whether a lead is on any sequence: one seek a sequence, of which there are few.
SELECT EXISTS (
  SELECT 1 FROM sequences AS s
  CROSS JOIN enrollments AS e ON e.sequence_id = s.id AND e.lead_id = :lead_id
  WHERE e.state IN ('active','paused')
)
