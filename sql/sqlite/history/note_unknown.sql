INSERT INTO unknowns (enrollment_id, step, device_id, lead_id, sequence_id, version_id, variant, tries,
  resends, due_at, dispatched_at, ended_at, detail, previous_id, pauses)
VALUES (:enrollment_id, :step, :device_id, :lead_id, :sequence_id, :version_id, :variant, :tries,
  :resends, :due_at, :dispatched_at, :ended_at, :detail, :previous_id, :pauses)
