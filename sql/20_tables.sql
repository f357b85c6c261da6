-- Refuse to take over what is in the way of the foreign tables, which generated/21_tables.sql makes as the class declares
-- them. A table of ours is kept, with whatever depends on it.
--
-- Multicorn misreads some conditions that reach it, and warns of others (CASE, COALESCE, OR, functions). So there the
-- foreign tables have the suffix _foreign, and the tables' names are those of views, in which OFFSET keeps conditions.
do $$
declare
  schema constant text := current_setting('iam_fdw.install_schema');
  server constant text := current_setting('iam_fdw.install_server');
  suffix constant text := case current_setting('iam_fdw.install_engine') when 'multicorn' then '_foreign' else '' end;
  name text;
begin
  foreach name in array current_setting('iam_fdw.install_reports')::text[] loop
    if to_regclass(format('%I.%I', schema, name || suffix)) is null then
      if to_regclass(format('%I.%I', schema, name)) is not null then
        raise exception 'relation "%" already exists', name using
          errcode = 'duplicate_table', hint = 'Install into another schema.';
      end if;
    elsif not exists (
      select
      from pg_foreign_table join pg_foreign_server on pg_foreign_server.oid = ftserver
      where ftrelid = to_regclass(format('%I.%I', schema, name || suffix)) and srvname = server
    ) then
      raise exception 'relation "%" already exists, and is no foreign table of server "%"', name || suffix, server using
        errcode = 'duplicate_table', hint = 'Install into another schema.';
    end if;
  end loop;
end
$$;
