-- Warn of exemptions that no check matches: an earlier version may have had a check that this one lacks. The only query of
-- an installation that reads rows. So it runs after 02_trust.sql: where others may create in the schema, the table could be
-- one that slipped in, and reading it could call what its types bring.
do $$
declare
  forgotten text;
begin
  for forgotten in execute format(
    'select distinct check_id from %1$I.iam_exemption as exemption'
      ' where not exists (select from %1$I.iam_check as known where known.check_id like exemption.check_id)'
      ' order by 1',
    current_setting('iam_fdw.install_schema')
  ) loop
    raise warning 'exemptions of "%" match no check', forgotten using
      hint = 'They have no effect. The view iam_check lists the checks.';
  end loop;
end
$$;
