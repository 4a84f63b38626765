SELECT u.enrollment_id, u.step, d.name, 'ambiguous', u.dispatched_at, u.ended_at, u.detail
FROM unknowns AS u CROSS JOIN devices AS d ON d.id = u.device_id
WHERE (u.enrollment_id, u.step) > (:enrollment_id, :step) ORDER BY u.enrollment_id, u.step LIMIT :limit
