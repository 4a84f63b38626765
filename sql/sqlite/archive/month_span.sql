-- The lowest and the highest id of a month, and its rows. `history_0000_00` stands for the month's own name.
SELECT coalesce(min(id), 0), coalesce(max(id), 0), count(*) FROM history_0000_00
