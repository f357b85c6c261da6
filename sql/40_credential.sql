-- One row for each credential slot of each user, so that a rule for all of them is written once.
create or replace view :"schema".iam_credential with (security_barrier) as
select
  report.account_id,
  report.account_name,
  report.user_name,
  report.user_arn,
  report.is_root,
  slot.credential,
  slot.is_present,
  slot.is_active,
  slot.last_changed,
  slot.last_used,
  slot.last_used_region,
  slot.last_used_service,
  report.user_creation_time,
  report.generated_time
from
  :"schema".iam_report as report
  cross join lateral (
    values
      (
        'password',
        report.password_enabled,
        report.password_enabled,
        report.password_last_changed,
        report.password_last_used,
        null,
        null
      ),
      (
        'access_key_1',
        report.access_key_1_last_rotated is not null,
        report.access_key_1_active,
        report.access_key_1_last_rotated,
        report.access_key_1_last_used_date,
        report.access_key_1_last_used_region,
        report.access_key_1_last_used_service
      ),
      (
        'access_key_2',
        report.access_key_2_last_rotated is not null,
        report.access_key_2_active,
        report.access_key_2_last_rotated,
        report.access_key_2_last_used_date,
        report.access_key_2_last_used_region,
        report.access_key_2_last_used_service
      ),
      (
        'cert_1',
        report.cert_1_last_rotated is not null,
        report.cert_1_active,
        report.cert_1_last_rotated,
        null,
        null,
        null
      ),
      (
        'cert_2',
        report.cert_2_last_rotated is not null,
        report.cert_2_active,
        report.cert_2_last_rotated,
        null,
        null,
        null
      )
  ) as slot (
    credential,
    is_present,
    is_active,
    last_changed,
    last_used,
    last_used_region,
    last_used_service
  );
comment on view :"schema".iam_credential is
  'One row for each credential slot of each user: password, access_key_1, access_key_2, cert_1, cert_2, empty ones included';
comment on column :"schema".iam_credential.credential is 'The slot: password, access_key_1, access_key_2, cert_1 or cert_2';
comment on column :"schema".iam_credential.is_present is
  'Whether there is a credential in the slot, active or not. Null when AWS does not tell (a password alone)';
comment on column :"schema".iam_credential.is_active is
  'Whether the credential can be used now. Null when AWS does not tell';
comment on column :"schema".iam_credential.last_changed is
  'When the credential was made or last changed. Null when there is none, or when AWS does not tell';
comment on column :"schema".iam_credential.last_used is
  'When the credential was last used. Null when never used, when there is none, and for certificates, of which AWS does not tell';
comment on column :"schema".iam_credential.last_used_region is
  'The Region of the last use of an access key. Null for global services';
comment on column :"schema".iam_credential.last_used_service is 'The AWS service that an access key was last used with';
