-- Raise an error unless iam_fdw is in the schema: a command that finds nothing must not report success. Needs
-- 01_names.sql.
do $$
declare
  schema constant text := current_setting('iam_fdw.install_schema');
  relations constant text[] := current_setting('iam_fdw.install_relations');
  functions constant text[] := current_setting('iam_fdw.install_function_names');
  elsewhere text;
begin
  if not exists (
    select
    from pg_namespace
    where nspname = schema
      and (
        exists (select from pg_class where relnamespace = pg_namespace.oid and relname = any (relations))
        or exists (select from pg_proc where pronamespace = pg_namespace.oid and proname = any (functions))
      )
  ) then
    select string_agg(format('"%s"', nspname), ', ' order by nspname)
    into elsewhere
    from pg_namespace
    where exists (
      select
      from pg_class join pg_roles on pg_roles.oid = relowner
      where relnamespace = pg_namespace.oid and relname = 'iam_check_result' and rolsuper
    );
    raise exception 'iam_fdw is not installed in schema "%" of database "%"', schema, current_database() using
      errcode = 'undefined_object',
      hint = coalesce(
        'It is in schema ' || elsewhere || ': name it with --schema.',
        'Run "iam-fdw install", or name another database.'
      );
  end if;
end
$$;
