select
  user_name,
  password_last_used,
  age(date(current_timestamp), date(password_last_used)) as pw_last_used
from
  aws_iam_credential_report
where
  user_name = '<root_account>';
