-- How a lead stands to a sequence: whether any of its addresses is suppressed, and how its newest round is.
SELECT EXISTS (SELECT 1 FROM suppressions AS x WHERE x.address = :address)
    OR :email <> :address AND EXISTS (SELECT 1 FROM suppressions AS x WHERE x.address = :email)
    OR EXISTS (SELECT 1 FROM aliases AS a CROSS JOIN suppressions AS x ON x.address = a.address
               WHERE a.lead_id = :lead_id),
  (SELECT e.state FROM enrollments AS e
   WHERE e.sequence_id = :sequence_id AND e.lead_id = :lead_id ORDER BY e.round DESC LIMIT 1)
