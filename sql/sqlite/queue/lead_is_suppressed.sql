-- An erased lead keeps its row, but nobody may write to it.
SELECT l.address GLOB 'erased:*' OR EXISTS (SELECT 1 FROM suppressions AS x WHERE x.address = l.address)
FROM leads AS l WHERE l.id = :lead_id
