DELETE FROM leaving_0000_00 WHERE id < (SELECT min(id) FROM leaving_0000_00) + :rows
