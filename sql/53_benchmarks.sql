-- The benchmarks: comments on the generated views, and the results by control.
comment on view :"schema".iam_benchmark is 'The compliance frameworks whose controls iam_benchmark_result judges';
comment on column :"schema".iam_benchmark.benchmark is 'The name of the benchmark, with its version';
comment on column :"schema".iam_benchmark.title is 'What its publisher calls it';

comment on view :"schema".iam_benchmark_control is
  'The controls of each benchmark that a credential report can judge, and by which check; some by more than one';
comment on column :"schema".iam_benchmark_control.control is 'The number of the control in its benchmark';
comment on column :"schema".iam_benchmark_control.title is 'The title of the control as its publisher writes it; of PCI DSS in short';
comment on column :"schema".iam_benchmark_control.level is 'The CIS profile: 1 or 2. Null elsewhere';
comment on column :"schema".iam_benchmark_control.check_id is 'The check that judges it, see iam_check';
comment on column :"schema".iam_benchmark_control.limit_override is
  'The limit that the text of the control names: it holds whatever the setting of the check. Null: the setting holds';
comment on column :"schema".iam_benchmark_control.passes_without_root_password is
  'Whether the control asks for no MFA of a root user without a password';

comment on view :"schema".iam_verdict is
  'What iam_benchmark_result is made from: every check, by the settings and by each limit of a benchmark';
comment on column :"schema".iam_verdict.limit_override is
  'The limit of a benchmark that it was judged by. Null: the settings';
comment on column :"schema".iam_verdict.passes_without_root_password is
  'Whether it was judged as in a benchmark that asks no MFA of a root user without a password';

create or replace view :"schema".iam_benchmark_result with (security_barrier) as
select
  control.benchmark,
  control.control,
  control.title as control_title,
  control.level,
  verdict.check_id,
  verdict.title,
  verdict.severity,
  verdict.status,
  verdict.reason,
  verdict.resource,
  verdict.account_id,
  verdict.account_name,
  verdict.user_name,
  verdict.credential,
  verdict.generated_time
from
  :"schema".iam_verdict as verdict
  -- OFFSET 0 has PostgreSQL list the controls first, and compare each verdict with the list
  join (select * from :"schema".iam_benchmark_control offset 0) as control
    on control.check_id = verdict.check_id
    and control.limit_override is not distinct from verdict.limit_override
    and control.passes_without_root_password = verdict.passes_without_root_password;
comment on view :"schema".iam_benchmark_result is
  'The results of iam_check_result by the controls of each benchmark, each judged by the limit that its text names';
comment on column :"schema".iam_benchmark_result.control_title is 'The title of the control';
