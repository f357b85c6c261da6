-- The foreign tables, as the class declares them. A table that is there is kept, with whatever depends on it.
do $$
declare
  schema constant text := current_setting('iam_fdw.install_schema');
  server constant text := current_setting('iam_fdw.install_server');
  missing text[];
  name text;
begin
  foreach name in array array['aws_iam_credential_report', 'aws_iam_credential_report_status'] loop
    if to_regclass(format('%I.%I', schema, name)) is null then
      missing := missing || quote_ident(name);
    elsif not exists (
      select
      from pg_foreign_table join pg_foreign_server on pg_foreign_server.oid = ftserver
      where ftrelid = to_regclass(format('%I.%I', schema, name)) and srvname = server
    ) then
      raise exception 'relation "%" already exists, and is no foreign table of server "%"', name, server using
        errcode = 'duplicate_table', hint = 'Install into another schema.';
    end if;
  end loop;
  if missing is not null then
    execute format(
      'import foreign schema aws limit to (%s) from server %I into %I', array_to_string(missing, ', '), server, schema
    );
  end if;
end
$$;
