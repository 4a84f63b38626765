-- Something of a message changed after its month was written; an archive of it would be out of date.
UPDATE months SET touched = touched + 1
WHERE month = (SELECT n.month FROM months AS n WHERE n.first_id <= :id ORDER BY n.first_id DESC LIMIT 1)
