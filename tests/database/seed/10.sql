select
  user_name,
  access_key_1_last_used_date,
  age(
    date(current_timestamp),
    date(access_key_1_last_used_date)
  ) as key1_last_used,
  access_key_2_last_used_date,
  age(
    date(current_timestamp),
    date(access_key_2_last_used_date)
  ) as key2_last_used
from
  aws_iam_credential_report
where
  (
    access_key_1_active
    and (
      access_key_1_last_used_date is null
      or (
        date(current_timestamp) - date(access_key_1_last_used_date)
      ) > 30
    )
  )
  or (
    access_key_2_active
    and (
      access_key_2_last_used_date is null
      or(
        date(current_timestamp) - date(access_key_2_last_used_date)
      ) > 30
    )
  );
