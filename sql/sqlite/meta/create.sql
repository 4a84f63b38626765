INSERT INTO meta (id, instance, created_at) VALUES (1, :instance, :created_at)
