-- Drop what an earlier version made and this one does without, unless a view of the user's own calls it.
select exists (
  select
  from pg_proc
  where pg_proc.oid = to_regprocedure(format('%I.iam_ago_replaced(timestamptz, timestamptz)', :'schema'::name))
    and not exists (
      select from pg_depend where refclassid = 'pg_proc'::regclass and refobjid = pg_proc.oid and deptype = 'n'
    )
)::text as is_replaced
\gset
\if :is_replaced
drop function :"schema".iam_ago_replaced(timestamptz, timestamptz);
\endif
