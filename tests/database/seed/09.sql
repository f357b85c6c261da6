select
  user_name,
  access_key_1_active,
  age(
    date(current_timestamp),
    date(access_key_1_last_rotated)
  ) as key1_last_changed,
  access_key_2_active,
  age(
    date(current_timestamp),
    date(access_key_2_last_rotated)
  ) as key2_last_changed
from
  aws_iam_credential_report
where
  (
    access_key_1_active
    and (
      date(current_timestamp) - date(access_key_1_last_rotated)
    ) > 90
  )
  or (
    access_key_2_active
    and (
      date(current_timestamp) - date(access_key_2_last_rotated)
    ) > 90
  );
