-- One seek a sequence, of which there are few.
SELECT e.id FROM sequences AS s
CROSS JOIN enrollments AS e ON e.sequence_id = s.id AND e.lead_id = :lead_id
