-- Refuse an installation that a role other than a superuser can change: that role could run code as any role that uses it,
-- and change the results. Needs 01_names.sql in the same transaction. Reads only catalogs, so it runs on a hot standby and
-- for every role.
--
-- The schema, and each object in it that has one of our names, must belong to a superuser, whatever its kind and
-- arguments: a function with other arguments can be the closer match of a call. Nothing on our relations may run the code
-- of other roles:
-- - A trigger has no owner, and the privilege TRIGGER suffices to create one. So its function must be a superuser's own,
--   and not one of PostgreSQL or an extension, which anybody can attach. It may have neither a condition nor arguments:
--   there, built-in functions suffice to run code (query_to_xml is one).
-- - A rule has no owner either. Only the owner of the table can create one, but that may have been another role.
-- - A foreign key to a table of ours can run the triggers of the other table: before PostgreSQL 18, ON DELETE CASCADE
--   runs AFTER triggers there as the role that deletes here.
-- - An inheritance child adds its rows, and runs its triggers.
-- - Constraints, defaults, policies, indexes and views run functions, operators and the checks of domains.
--
-- Not checked: event triggers, and publications of all tables, as only superusers create them. A publication changes
-- nothing. A type that has one of our names makes the creation of the relation fail. The server may belong to another
-- role, to which a superuser gave it: that role chooses which accounts are read, but cannot run code. A superuser's
-- members are its own choice.
do $$
declare
  schema constant text := current_setting('iam_fdw.install_schema');
  relations constant text[] := current_setting('iam_fdw.install_relations');
  functions constant text[] := current_setting('iam_fdw.install_function_names');
  worst record;
begin
  with
    namespace as (select oid, nspowner from pg_namespace where nspname = schema),
    -- pg_database_owner, which PostgreSQL 13 does not have, is the owner of the database
    database_owner as (select datdba as oid from pg_database where datname = current_database()),
    trusted as (
      select oid
      from pg_roles
      where rolsuper
        or rolname = 'pg_database_owner' and (select rolsuper from pg_roles where oid = (select oid from database_owner))
    ),
    relation as (
      select pg_class.oid
      from pg_class
      where relnamespace = (select oid from namespace) and relname = any (relations)
    ),
    function as (
      select pg_proc.oid
      from pg_proc
      where pronamespace = (select oid from namespace) and proname = any (functions)
      union
      select unnest(array[fdwhandler, fdwvalidator])
      from pg_foreign_data_wrapper
      where fdwname = 'iam_fdw'
    ),
    extension as (
      select pg_extension.oid, extname, extowner, extnamespace
      from pg_extension
        join pg_depend on refclassid = 'pg_extension'::regclass and refobjid = pg_extension.oid
      where deptype = 'e'
        and classid = 'pg_proc'::regclass
        and objid = (select fdwhandler from pg_foreign_data_wrapper where fdwname = 'iam_fdw')
    ),
    -- each object that has an owner
    object as (
      select
        1 as place,
        'pg_namespace'::regclass as class,
        oid,
        nspowner as owner,
        format(
          'Install into a schema of its own, such as --schema iam, or give this one to a superuser:'
            ' alter schema %I owner to %I.',
          schema,
          (select rolname from pg_roles where pg_roles.oid = 10)
        ) as hint
      from namespace
      union all
      select case relkind when 'i' then 3 else 2 end, 'pg_class'::regclass, oid, relowner, null
      from pg_class
      where oid in (select oid from relation)
      union all
      select 3, 'pg_proc'::regclass, oid, proowner, null from pg_proc where oid in (select oid from function)
      union all
      select 4, 'pg_foreign_data_wrapper'::regclass, oid, fdwowner, null
      from pg_foreign_data_wrapper
      where fdwname = 'iam_fdw'
      union all
      select 5, 'pg_extension'::regclass, oid, extowner, null from extension
      union all
      -- its functions are called by their names, too
      select
        5,
        'pg_namespace'::regclass,
        pg_namespace.oid,
        nspowner,
        format(
          'It has extension "%1$s". Move it: create schema if not exists %2$I; alter extension %1$I set schema %2$I.',
          extname,
          schema
        )
      from extension join pg_namespace on pg_namespace.oid = extnamespace
    ),
    -- each part of our relations and functions that can call something
    part as (
      select 'pg_class'::regclass as class, oid as part, oid from relation
      union all
      select 'pg_proc'::regclass, oid, null from function
      union all
      select 'pg_class'::regclass, indexrelid, indrelid from pg_index
      union all
      select 'pg_attrdef'::regclass, oid, adrelid from pg_attrdef
      union all
      select 'pg_constraint'::regclass, oid, conrelid from pg_constraint
      union all
      select 'pg_policy'::regclass, oid, polrelid from pg_policy
      union all
      select 'pg_rewrite'::regclass, oid, ev_class from pg_rewrite
      union all
      select 'pg_trigger'::regclass, oid, tgrelid from pg_trigger
    ),
    -- what these depend on
    used as (
      select part.class, part.part, pg_depend.refclassid, pg_depend.refobjid
      from part
        join pg_depend on pg_depend.classid = part.class and pg_depend.objid = part.part
      where part.oid is null or part.oid in (select oid from relation)
    ),
    foreign_object as (
      select 'pg_proc'::regclass as class, oid, proowner as owner from pg_proc
      union all
      select 'pg_operator'::regclass, oid, oprowner from pg_operator
      union all
      select 'pg_type'::regclass, oid, typowner from pg_type
      union all
      select 'pg_class'::regclass, oid, relowner from pg_class
    )
  select *
  into worst
  from (
    select
      place,
      pg_describe_object(class, oid, 0) || format(' belongs to role "%s"', (
        select rolname
        from pg_roles
        where pg_roles.oid = case
          when owner::regrole::text = 'pg_database_owner' then (select oid from database_owner)
          else owner
        end
      )) as problem,
      'That role is not a superuser. It can change what iam_fdw does, and may have done so.' as detail,
      coalesce(
        hint,
        case class
          -- its defaults and constraints would stay, and built-in functions in them suffice to run code
          when 'pg_class'::regclass then 'Drop it or rename it, or install into another schema.'
          else 'Look at what it does, then drop it, rename it, or give it to a superuser. Or install into another schema.'
        end
      ) as hint
    from object
    where owner not in (select oid from trusted)
    union all
    select
      6,
      pg_describe_object('pg_trigger'::regclass, oid, 0) || ' is not trusted',
      'It runs as the role that changes the table, and any role with TRIGGER on the table can have created it.',
      'Drop it. A trigger that calls a function of a superuser''s own may stay if it has neither arguments nor a WHEN condition.'
    from pg_trigger
    where tgrelid in (select oid from relation)
      and not tgisinternal
      and (
        tgnargs > 0
        or tgqual is not null
        or tgfoid < 16384  -- FirstNormalObjectId: below are PostgreSQL's own
        or exists (
          select from pg_depend where classid = 'pg_proc'::regclass and objid = tgfoid and deptype = 'e'
        )
      )
    union all
    select
      7,
      pg_describe_object('pg_rewrite'::regclass, oid, 0) || ' is not trusted',
      'It runs as the role that uses the relation, and a rule has no owner.',
      'Drop it.'
    from pg_rewrite
    where ev_class in (select oid from relation) and rulename <> '_RETURN'
    union all
    select
      8,
      format('%s belongs to role "%s"', pg_describe_object('pg_class'::regclass, other.oid, 0), other.relowner::regrole),
      linked.what,
      'Drop it, or give the table to a superuser.'
    from (
      select
        conrelid as oid,
        format(
          'Its foreign key "%s" refers to a table of iam_fdw, so its triggers can run as the role that deletes there.',
          conname
        ) as what
      from pg_constraint
      where contype = 'f' and confrelid in (select oid from relation)
      union all
      select
        inhrelid,
        format('It inherits from %s of iam_fdw, so its rows are read there, and its triggers run.', inhparent::regclass)
      from pg_inherits
      where inhparent in (select oid from relation)
      union all
      select inhparent, format('%s of iam_fdw inherits from it, and changes with it.', inhrelid::regclass)
      from pg_inherits
      where inhrelid in (select oid from relation)
    ) as linked
      join pg_class as other on other.oid = linked.oid
    where other.relowner not in (select oid from trusted)
    union all
    select
      9,
      pg_describe_object(used.class, used.part, 0) || ' is not trusted',
      format(
        'It depends on %s, which belongs to role "%s".',
        pg_describe_object(refclassid, refobjid, 0),
        foreign_object.owner::regrole
      ),
      'Look at what that does, then drop it, or give it to a superuser.'
    from used
      join foreign_object on foreign_object.class = refclassid and foreign_object.oid = refobjid
    where foreign_object.owner not in (select oid from trusted)
  ) as problems
  order by place, problem
  limit 1;

  if worst.problem is not null then
    raise exception '%', worst.problem using
      errcode = 'insufficient_privilege', detail = worst.detail, hint = worst.hint;
  end if;
end
$$;
