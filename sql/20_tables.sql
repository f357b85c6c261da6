-- The foreign tables, as the class declares them. A table that is there is kept, with whatever depends on it, and gets
-- the columns that it lacks.
--
-- Multicorn misreads some conditions that reach it, and warns of others (CASE, COALESCE, OR, functions). So there the
-- foreign tables have the suffix _foreign, and the tables' names are those of views, which OFFSET keeps conditions in.
do $$
declare
  schema constant text := current_setting('iam_fdw.install_schema');
  server constant text := current_setting('iam_fdw.install_server');
  suffix constant text := case current_setting('iam_fdw.install_engine') when 'multicorn' then '_foreign' else '' end;
  name text;
  lacking record;
begin
  foreach name in array current_setting('iam_fdw.install_reports')::text[] loop
    if to_regclass(format('%I.%I', schema, name || suffix)) is null then
      if to_regclass(format('%I.%I', schema, name)) is not null then
        raise exception 'relation "%" already exists', name using
          errcode = 'duplicate_table', hint = 'Install into another schema.';
      end if;
      execute format('import foreign schema aws limit to (%I) from server %I into %I', name, server, schema);
      if suffix <> '' then
        execute format('alter foreign table %I.%I rename to %I', schema, name, name || suffix);
      end if;
    elsif not exists (
      select
      from pg_foreign_table join pg_foreign_server on pg_foreign_server.oid = ftserver
      where ftrelid = to_regclass(format('%I.%I', schema, name || suffix)) and srvname = server
    ) then
      raise exception 'relation "%" already exists, and is no foreign table of server "%"', name || suffix, server using
        errcode = 'duplicate_table', hint = 'Install into another schema.';
    else
      execute format('import foreign schema aws limit to (%I) from server %I into pg_temp', name, server);
      for lacking in
        select attname, format_type(atttypid, atttypmod) as type
        from pg_attribute as declared
        where attrelid = format('pg_temp.%I', name)::regclass
          and attnum > 0
          and not exists (
            select
            from pg_attribute as present
            where present.attrelid = format('%I.%I', schema, name || suffix)::regclass
              and present.attname = declared.attname
              and not present.attisdropped
          )
        order by attnum
      loop
        execute format(
          'alter foreign table %I.%I add column %I %s', schema, name || suffix, lacking.attname, lacking.type
        );
      end loop;
      execute format('drop foreign table pg_temp.%I', name);
    end if;
    if suffix <> '' then
      execute format(
        'create or replace view %I.%I with (security_barrier) as select * from %I.%I offset 0',
        schema, name, schema, name || suffix
      );
      execute format('comment on foreign table %I.%I is %L', schema, name || suffix, 'What the view ' || name || ' reads');
    end if;
  end loop;
end
$$;
