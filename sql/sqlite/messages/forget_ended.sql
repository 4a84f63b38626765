-- A failed message that is sent again: its last try is in `retries` from now on.
DELETE FROM history_0000_00 WHERE id = :id
