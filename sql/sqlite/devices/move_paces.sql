-- The clock was put ahead by so much, and what a pace says of times is as far away as before.
UPDATE paces SET next_allowed_at = next_allowed_at + :by_ms, last_dispatch_at = last_dispatch_at + :by_ms,
  first_dispatch_at = first_dispatch_at + :by_ms, day_ends_at = day_ends_at + :by_ms,
  hour_ends_at = hour_ends_at + :by_ms
