-- One seek a tag, of which there are few.
SELECT t.name FROM tags AS t
CROSS JOIN lead_tags AS l ON l.tag_id = t.id AND l.lead_id = :lead_id
ORDER BY t.name
