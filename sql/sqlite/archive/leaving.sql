-- Months that are archived and not all gone yet.
SELECT substr(name, length('leaving_') + 1) FROM sqlite_schema
WHERE type = 'table' AND name GLOB 'leaving_[0-9][0-9][0-9][0-9]_[0-9][0-9]'
