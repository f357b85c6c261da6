-- A column that a view takes from a table as it stands has the table's comment.
do $$
declare
  schema constant text := current_setting('iam_fdw.install_schema');
  copied record;
begin
  for copied in
    select
      format('%I.%I.%I', schema, view.relname, view_column.attname) as name,
      col_description(table_column.attrelid, table_column.attnum) as comment
    from pg_class as view
      join pg_attribute as view_column on view_column.attrelid = view.oid and view_column.attnum > 0
      join pg_attribute as table_column on table_column.attname = view_column.attname
    where view.relnamespace = quote_ident(schema)::regnamespace
      and view.relkind = 'v'
      and view.relname ~ '^iam_(check|credential|verdict|benchmark)'
      and table_column.attrelid = format('%I.aws_iam_credential_report_or_error', schema)::regclass
      and col_description(view.oid, view_column.attnum) is null
  loop
    execute format('comment on column %s is %L', copied.name, copied.comment);
  end loop;
end
$$;
