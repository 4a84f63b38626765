-- Whether the operator is asked about an unknown message: its enrollment waits for the answer. There may be
-- several of one enrollment, whose messages were in the air together.
ALTER TABLE unknowns ADD COLUMN pauses INTEGER NOT NULL DEFAULT 0 CHECK (pauses IN (0, 1));
