--
-- Exceptions, in every method
--
create extension minicorn;
create foreign data wrapper x handler minicorn_handler validator minicorn_validator options (wrapper 'regress.Raises');
create server x foreign data wrapper x;
create foreign table x (a text) server x options (method 'none');
create foreign table init (a text) server x options (method '__init__');
create foreign table size (a text) server x options (method 'get_rel_size');
create foreign table explain (a text) server x options (method 'explain');
create foreign table execute (a text) server x options (method 'execute');
create foreign table next (a text) server x options (method 'next');
create foreign table close (a text) server x options (method 'close');
\set SHOW_CONTEXT errors

select * from x;
select * from init; -- ERROR
select * from size; -- ERROR
select * from explain;
explain (costs off) select * from explain; -- ERROR
select * from execute; -- ERROR
explain (costs off) select * from execute;
select * from next; -- ERROR
select * from next limit 1;
select * from close; -- ERROR
select * from close limit 1; -- ERROR
select * from x;

-- every sort of exception
alter foreign table execute options (what 'plain');
select * from execute; -- ERROR
alter foreign table execute options (set what 'log');
select * from execute; -- ERROR
alter foreign table execute options (set what 'empty');
select * from execute; -- ERROR
alter foreign table execute options (set what 'lines');
select * from execute; -- ERROR
alter foreign table execute options (set what 'percent');
select * from execute; -- ERROR
alter foreign table execute options (set what 'nul');
select * from execute; -- ERROR
alter foreign table execute options (set what 'surrogate');
select * from execute; -- ERROR
alter foreign table execute options (set what 'unprintable');
select * from execute; -- ERROR
alter foreign table execute options (set what 'exit');
select * from execute; -- ERROR
alter foreign table execute options (set what 'interrupt');
select * from execute; -- ERROR
alter foreign table execute options (set what 'generatorexit');
select * from execute; -- ERROR
alter foreign table execute options (set what 'stop');
select * from execute; -- ERROR
alter foreign table next options (what 'stop');
select * from next; -- ERROR
alter foreign table execute options (set what 'memory');
select * from execute; -- ERROR
alter foreign table execute options (set what 'recursion');
select * from execute; -- ERROR

-- wrong answers
alter foreign table x options (set method 'size_none');
select * from x; -- ERROR
alter foreign table x options (set method 'size_nan');
select * from x; -- ERROR
alter foreign table x options (set method 'size_text');
select * from x; -- ERROR
alter foreign table x options (set method 'size_negative');
select * from x; -- ERROR
alter foreign table x options (set method 'explain_none');
explain (costs off) select * from x;
alter foreign table x options (set method 'explain_str');
explain (costs off) select * from x;
alter foreign table x options (set method 'explain_nul');
explain (costs off) select * from x;

-- SQLSTATE, and what a trapped error leaves
do $$
begin
  perform * from next;
exception when division_by_zero then
  raise info 'trapped %', sqlerrm;
end $$;
alter foreign table next options (set what 'failure');
do $$
begin
  perform * from next;
exception when division_by_zero then
  raise info 'trapped %', sqlerrm;
end $$;

-- the traceback goes nowhere near the client
set client_min_messages = debug1;
select * from execute; -- ERROR
reset client_min_messages;

drop extension minicorn cascade;

--
-- Messages
--
create extension minicorn;
create foreign data wrapper l handler minicorn_handler validator minicorn_validator options (wrapper 'regress.Levels');
create server l foreign data wrapper l;
create foreign table l (a text) server l;
select * from l;
set client_min_messages = debug1;
select * from l;
set client_min_messages = error;
select * from l;
reset client_min_messages;
drop extension minicorn cascade;
