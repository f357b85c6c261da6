select 
  user_name,
  password_last_changed,
  age(date(current_timestamp), date(password_last_changed)) as pw_last_changed
from
  aws_iam_credential_report
where
  user_name != '<root_account>'
  and password_enabled
  and (date(current_timestamp) - date(password_last_changed)) > 90;
