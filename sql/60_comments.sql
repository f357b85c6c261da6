-- A column that a view takes from another relation as it stands has that one's comment.
do $$
declare
  schema constant text := current_setting('iam_fdw.install_schema');
  described constant text[] := array[
    'aws_iam_credential_report_or_error', 'iam_check_result', 'iam_benchmark', 'iam_benchmark_control', 'iam_history'
  ];
  copied record;
begin
  for copied in
    select distinct on (1)
      format('%I.%I.%I', schema, view.relname, view_column.attname) as name,
      col_description(described_column.attrelid, described_column.attnum) as comment
    from pg_class as view
      join pg_attribute as view_column on view_column.attrelid = view.oid and view_column.attnum > 0
      cross join unnest(described) with ordinality as relation (name, place)
      join pg_attribute as described_column
        on described_column.attrelid = format('%I.%I', schema, relation.name)::regclass
        and described_column.attname = view_column.attname
    where view.relnamespace = quote_ident(schema)::regnamespace
      and view.relkind in ('v', 'r')
      and view.relname ~ '^iam_(check|credential|verdict|benchmark|report|history|change)'
      and col_description(view.oid, view_column.attnum) is null
      and col_description(described_column.attrelid, described_column.attnum) is not null
    order by 1, relation.place
  loop
    execute format('comment on column %s is %L', copied.name, copied.comment);
  end loop;
end
$$;
