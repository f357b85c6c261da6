select 
  user_name,
  password_enabled,
  password_last_used,
  age(date(current_timestamp), date(password_last_used)) as last_used_age
from
  aws_iam_credential_report
where
  user_name != '<root_account>'
  and password_enabled
  and (
    password_last_used is null
    or (date(current_timestamp) - date(password_last_used)) > 90
  );
