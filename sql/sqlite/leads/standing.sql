-- How a lead stands to a sequence: whether its address is suppressed, and how its newest round is.
SELECT EXISTS (SELECT 1 FROM suppressions AS x WHERE x.address = :address),
  (SELECT e.state FROM enrollments AS e
   WHERE e.sequence_id = :sequence_id AND e.lead_id = :lead_id ORDER BY e.round DESC LIMIT 1)
