select
  user_name,
  access_key_1_active,
  access_key_2_active
from
  aws_iam_credential_report
where
  user_name = '<root_account>';
