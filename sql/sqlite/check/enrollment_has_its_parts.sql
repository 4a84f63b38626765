-- The lead, the device and the version that an enrollment names are there.
SELECT 'enrollment ' || e.id || ' of lead ' || e.lead_id || ', device ' || e.device_id || ', version ' || e.version_id
FROM enrollments AS e
LEFT JOIN leads AS l ON l.id = e.lead_id
LEFT JOIN devices AS d ON d.id = e.device_id
LEFT JOIN versions AS v ON v.id = e.version_id AND v.sequence_id = e.sequence_id
WHERE e.id >= :first AND e.id < :end AND (l.id IS NULL OR d.id IS NULL OR v.id IS NULL)
