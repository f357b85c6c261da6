-- Written by make generate from iam_fdw/checks/: do not edit.

-- It has a list of the checks, as the role that inserts an exemption may be one that may not read iam_check. The schema
-- is on the path for iam_nearest(), which is called with its exact types. Others may create objects there: all else is
-- qualified, or an exact match in pg_catalog.
create or replace function :"schema".iam_validate_exemption() returns trigger
  language plpgsql
  set search_path = pg_catalog, :"schema", pg_temp
  set standard_conforming_strings = on  -- whatever the session's is when PL/pgSQL first reads the function
as $$
declare
  known constant text[] := array[
    'root_access_key_active',
    'root_mfa_disabled',
    'root_hardware_mfa',
    'root_recently_used',
    'root_signing_certificate_active',
    'root_access_key_inactive',
    'root_password_present',
    'user_console_without_mfa',
    'user_without_mfa',
    'user_password_unused',
    'user_access_key_unused',
    'access_key_not_rotated',
    'user_two_active_access_keys',
    'access_key_made_at_setup',
    'access_key_created_with_user',
    'access_key_unused_since_rotation',
    'access_key_never_used',
    'user_never_logged_in',
    'user_password_and_access_key',
    'user_inactive',
    'access_key_inactive_kept',
    'user_signing_certificate',
    'user_password_not_rotated',
    'user_without_credentials',
    'user_extra_credentials',
    'bedrock_api_key_user_with_credentials',
    'report_stale'
  ];
  nearest text;
begin
  if exists (select from pg_catalog.unnest(known) as check_id where check_id like new.check_id) then
    return null;
  end if;
  nearest := iam_nearest(pg_catalog.replace(new.check_id, '\', ''), known);
  raise exception 'no check matches "%"', new.check_id using
    errcode = 'check_violation',
    hint = case
      when nearest is null then 'The view iam_check lists the checks. In a pattern, % is any text.'
      else 'Perhaps you meant "' || nearest || '".'
    end;
end
$$;
comment on function :"schema".iam_validate_exemption() is
  'Refuses an exemption whose check_id matches no check, such as a misspelled one: it would have no effect';
