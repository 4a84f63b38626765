-- Tags that a lead has: one seek each. The name of one that nobody has any more stays.
SELECT t.name FROM tags AS t
WHERE EXISTS (SELECT 1 FROM lead_tags AS l WHERE l.tag_id = t.id)
