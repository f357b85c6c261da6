-- Drop what an earlier version made and this one does without, unless a view of the user's own calls it.
\if :has_earlier_ago
select exists (
  select
  from pg_depend
  where refclassid = 'pg_proc'::regclass
    and refobjid = format('%I.iam_ago_replaced(timestamptz, timestamptz)', :'schema'::name)::regprocedure
    and deptype = 'n'
)::text as is_earlier_ago_used
\gset
\if :is_earlier_ago_used
alter function :"schema".iam_ago_replaced(timestamptz, timestamptz) rename to iam_ago;
\else
drop function :"schema".iam_ago_replaced(timestamptz, timestamptz);
\endif
\endif
