SELECT id FROM sequences
