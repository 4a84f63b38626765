-- No device has dispatched more in a day or an hour than its cap, as of the file that holds now.
SELECT 'device ' || d.name || ': ' || p.day_count || ' of ' || json_extract(d.settings, '$.pace.daily_cap') || ' a day'
FROM devices AS d CROSS JOIN paces AS p ON p.device_id = d.id
WHERE p.day_count > json_extract(d.settings, '$.pace.daily_cap') AND p.last_dispatch_at > d.applied_at
UNION ALL
SELECT 'device ' || d.name || ': ' || p.hour_count || ' of ' || json_extract(d.settings, '$.pace.hourly_cap') || ' an hour'
FROM devices AS d CROSS JOIN paces AS p ON p.device_id = d.id
WHERE p.hour_count > json_extract(d.settings, '$.pace.hourly_cap') AND p.last_dispatch_at > d.applied_at
