select
  user_name,
  password_enabled,
  access_key_1_active,
  access_key_2_active
from
  aws_iam_credential_report
where
  password_enabled
  and (
    access_key_1_active
    or access_key_2_active
  );
