-- Tokens and epochs go on above those that the journal knows.
UPDATE meta SET journaled = max(journaled, :token), epoch = max(epoch, :epoch)
