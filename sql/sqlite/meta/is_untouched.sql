-- Whether it holds nothing that a person could miss. Leads that were erased and enrollments that ended keep their
-- rows, so each of these is one seek to the end of a table.
SELECT journaled = 0
   AND (SELECT max(id) FROM leads) IS NULL
   AND (SELECT max(id) FROM enrollments) IS NULL
   AND (SELECT max(address) FROM suppressions) IS NULL
   AND (SELECT max(month) FROM archives) IS NULL
FROM meta WHERE id = 1
