DROP INDEX history_0000_00_not_sent;
ALTER TABLE history_0000_00 RENAME TO leaving_0000_00
