-- It stands for one message, which is known again now: a later round of the same lead is sent.
DELETE FROM forgotten WHERE id = :id
