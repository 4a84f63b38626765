SELECT d.id, d.settings, d.hold_reason, d.hold_until, d.hold_detail,
       p.next_allowed_at, p.last_dispatch_at, p.first_dispatch_at, p.day, p.day_ends_at,
       p.day_count, p.hour_ends_at, p.hour_count, p.run_count
FROM devices AS d CROSS JOIN paces AS p ON p.device_id = d.id
WHERE d.id = :device_id
