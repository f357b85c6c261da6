create or replace view :"schema".iam_benchmark as
select benchmark, title from (values ('cis_v7.0.0', 'x')) as known (benchmark, title);
create or replace view :"schema".iam_benchmark_control as
select benchmark, control, title, level, check_id, limit_override::interval, passes_without_root_password
from (values
 ('cis_v7.0.0', '2.11', 'x', 1, 'user_password_unused', '45 days', false),
 ('cis_v7.0.0', '2.5', 'x', 1, 'root_mfa_disabled', null, true),
 ('cis_v1.2.0', '1.3', 'x', 1, 'user_password_unused', '90 days', false)) as known (benchmark, control, title, level, check_id, limit_override, passes_without_root_password);
