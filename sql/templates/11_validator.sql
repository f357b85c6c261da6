-- The validator, which PostgreSQL calls in CREATE and ALTER: where an option may be set, by whom, and its value.
create or replace function :"schema".iam_fdw_validator(options text[], catalog oid) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
  set standard_conforming_strings = on  -- whatever the session's is when PL/pgSQL first reads the function
as $function$
declare
  context constant text := case catalog
    when 'pg_foreign_data_wrapper'::regclass then 'wrapper'
    when 'pg_foreign_server'::regclass then 'server'
    when 'pg_user_mapping'::regclass then 'user mapping'
    when 'pg_foreign_table'::regclass then 'table'
    else 'column'
  end;
  known constant text[] := array[
    -- name, place, set by, pattern, values
    ['wrapper', 'wrapper', 'superusers', 'iam_fdw[.]fdw[.]IamForeignDataWrapper', 'iam_fdw.fdw.IamForeignDataWrapper'],
    ['wrapper', 'server', 'all', 'iam_fdw[.]fdw[.]IamForeignDataWrapper', 'iam_fdw.fdw.IamForeignDataWrapper'],
    -- generate: options
  ];
  -- The first needs the second, or one of these.
  needed constant text[] := array[
    -- generate: needs
  ];
  -- Saved reports are read without these, and those of a disk need nothing of AWS at all.
  unused_with_source constant text[] := array[
    -- generate: unused_with_source
  ] || case when exists (select from unnest(options) as option where option ~ '^(source|snapshots)=s3://') then '{}' else array[
    -- generate: unused_with_files
  ] end;
  given constant text[] := array(select split_part(option, '=', 1) from unnest(options) as option);
  is_superuser constant boolean := (select rolsuper from pg_roles where rolname = current_user);
  valid text;
  option text;
  name text;
  place integer;
  pair text[];
begin
  foreach option in array coalesce(options, '{}') loop
    name := split_part(option, '=', 1);
    place := null;
    valid := null;
    for i in 1 .. array_length(known, 1) loop
      if known[i][2] = context then
        if known[i][1] = name then
          place := i;
        end if;
        if known[i][1] <> 'wrapper' then
          valid := concat_ws(', ', valid, known[i][1]);
        end if;
      end if;
    end loop;
    if place is null then
      raise exception 'invalid option "%"', name using
        errcode = 'fdw_invalid_option_name',
        hint = coalesce('Valid options in this context are: ' || valid || '.', 'There are no valid options in this context.');
    end if;
    -- The value is not repeated: it may be a secret.
    if substr(option, length(name) + 2) !~ ('^(' || known[place][4] || ')$') then
      raise exception 'invalid value for option "%"', name using
        errcode = 'fdw_invalid_attribute_value',
        hint = 'Valid is ' || known[place][5] || '.';
    end if;
    -- As in file_fdw, this is the only place that can enforce it: it also refuses other changes by an owner who is
    -- not a superuser while such an option is set.
    if known[place][3] = 'superusers' and not is_superuser then
      raise exception 'permission denied to set option "%"', name using
        errcode = 'insufficient_privilege',
        hint = 'Only superusers may set it, or change other options beside it.';
    end if;
  end loop;

  foreach pair slice 1 in array needed loop
    if pair[1] = any (given) and not string_to_array(pair[2], ' or ') && given then
      raise exception 'option "%" needs option "%"', pair[1], replace(pair[2], ' or ', '" or "') using
        errcode = 'fdw_dynamic_parameter_value_needed';
    end if;
  end loop;
  if 'accounts' = any (given) and not 'accounts=self' = any (options) and not 'role_name' = any (given) then
    raise exception 'option "accounts" needs option "role_name"' using
      errcode = 'fdw_dynamic_parameter_value_needed',
      hint = 'Name the role to assume in each account.';
  end if;
  if 'source' = any (given) and given && unused_with_source then
    raise exception 'option "source" excludes other options' using
      errcode = 'fdw_invalid_option_name',
      detail = 'Saved reports are read without ' || array_to_string(unused_with_source, ', ') || '.';
  end if;
end
$function$;
comment on function :"schema".iam_fdw_validator(text[], oid) is
  'Checks the options of servers, user mappings and tables of iam_fdw: which may stand where, who may set it, and its value';
