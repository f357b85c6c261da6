--
-- Plans: prepared statements, parameters, rescans, joins, cursors, savepoints
--
create extension minicorn;
create foreign data wrapper n handler minicorn_handler validator minicorn_validator options (wrapper 'regress.Numbers');
create server n foreign data wrapper n;
create foreign table n (a int, b text) server n;
create foreign table told (a int, b text) server n options (tell '');
create foreign data wrapper e handler minicorn_handler validator minicorn_validator options (wrapper 'regress.Echo');
create server e foreign data wrapper e;
create foreign table e (u uuid, n numeric, a int[], t text, z timestamptz) server e;
create table few (i int);
insert into few values (0), (1), (1), (null);
analyze few;
set datestyle = 'ISO';
set timezone = 'UTC';
set enable_hashjoin = off;
set enable_mergejoin = off;

-- estimates are the class's; nothing runs in parallel
explain select * from n;
explain (costs off) select * from n where a = 1;
do $$
begin
  perform set_config(name, 'on', true) from pg_settings where name in ('debug_parallel_query', 'force_parallel_mode');
  if (select count(*) from n) <> 3 then
    raise exception 'wrong count';
  end if;
end $$;

-- generic and custom plans
prepare p (uuid, numeric, int[], text[], timestamptz) as
  select count(*) from e where u = $1 and n > $2 and a = $3 and t = any ($4) and z <= $5;
set plan_cache_mode = force_generic_plan;
explain (costs off) execute p ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 1.5, '{1,2}', '{x,y}', '2026-11-22 00:00+00');
execute p ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 1.5, '{1,2}', '{x,y}', '2026-11-22 00:00+00');
execute p (null, null, null, null, null);
set plan_cache_mode = force_custom_plan;
explain (costs off) execute p ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 1.5, '{1,2}', '{x,y}', '2026-11-22 00:00+00');
execute p ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 1.5, '{1,2}', '{x,y}', '2026-11-22 00:00+00');
reset plan_cache_mode;
prepare q (int) as select b from n where a = $1;
execute q (0);
execute q (1);
execute q (2);
execute q (3);
execute q (0);
execute q (1);
execute q (2);
deallocate all;

-- joins, self-joins, rescans, parameters of an outer row
select x.a, y.b from n x, n y where x.a < y.a order by 1, 2;
select few.i, s.b from few, lateral (select b from told where told.a = few.i offset 0) s order by 1, 2;
select i, (select b from told where a = i) from few order by 1;
select i from few where exists (select from told where a = i) order by 1;
select count(*) from n where a = (select max(i) from few) or a = 7;
with recursive r (x) as (select 0 union all select a + 1 from r, n where n.a = r.x) select * from r;
select a, count(*) over (order by a) from n union all select i, i from few order by 1, 2;
select * from n order by a desc limit 1;
select * from few where i not in (select a from n where a > 0);

-- the class hears when a scan ends, once, whoever ends it
select * from told;
select a from told limit 1;
select * from told where a < 0;

-- cursors
begin;
declare c cursor for select a from told;
fetch 1 from c;
fetch 1 from c;
close c;
declare c scroll cursor for select a from told;
fetch all from c;
fetch all from c;
fetch first from c;
fetch relative 1 from c;
commit;
begin;
declare c cursor with hold for select a from told;
fetch 1 from c;
commit;
fetch all from c;
close c;

-- savepoints, and errors that are trapped
begin;
savepoint one;
declare c cursor for select a from told;
fetch 1 from c;
rollback to one;
fetch 1 from c; -- ERROR
rollback to one;
select a from n;
commit;
do $$
declare
  r record;
begin
  for r in select a from told loop
    exit when r.a = 1;
  end loop;
  begin
    for r in select a from told loop
      perform 1 / (1 - r.a);
    end loop;
  exception when division_by_zero then
    raise notice 'trapped';
  end;
end $$;

-- a view, a function, a materialized view, a partition and an inheritance child
create view view as select a from n;
select * from view where a > 0;
create function f() returns setof n language sql as 'select * from n';
select * from f() where a > 0;
create materialized view mv as select * from n;
select * from mv;
create table parent (a int, b text) partition by range (a);
create table one partition of parent for values from (10) to (20);
alter table parent attach partition n for values from (0) to (10);
insert into parent values (10, 'ten');
select tableoid::regclass, * from parent order by a;
alter table parent detach partition n;
drop table parent;
select * from n tablesample system (10); -- ERROR

-- EXPLAIN in every format that a program reads, and ANALYZE
create function explained(format text, query text) returns setof text language plpgsql as $$
declare
  result text;
begin
  execute format('explain (costs off, verbose, format %s) %s', format, query) into result;
  return query select unnest(regexp_matches(result, '[^\n]*Python.*?\n.*?\n', 'g'));
end $$;
set client_min_messages = warning;
select explained('json', 'select t from e where t = ''a''');
select explained('yaml', 'select t from e where t = ''a''');
select explained('xml', 'select t from e where t = ''a''');
create function analyzed(query text) returns setof text language plpgsql as $$
declare
  line text;
begin
  for line in execute 'explain (analyze, costs off, timing off, summary off, buffers off) ' || query loop
    return next regexp_replace(line, '\.00', '', 'g');
  end loop;
end $$;
select analyzed('select a from n where a > 0');
drop function analyzed(text);
drop function explained(text, text);
drop extension minicorn cascade;
drop table few;
