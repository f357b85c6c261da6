--
-- The extension, and the option that names the class
--
create extension minicorn;

-- the option "wrapper" is required, well formed, and the only one
create foreign data wrapper w handler minicorn_handler validator minicorn_validator; -- ERROR
create foreign data wrapper w handler minicorn_handler validator minicorn_validator options (wrapper 'regress'); -- ERROR
create foreign data wrapper w handler minicorn_handler validator minicorn_validator options (wrapper 'regress.'); -- ERROR
create foreign data wrapper w handler minicorn_handler validator minicorn_validator options (wrapper '.Numbers'); -- ERROR
create foreign data wrapper w handler minicorn_handler validator minicorn_validator options (wrapper 'os;regress.1x'); -- ERROR
create foreign data wrapper w handler minicorn_handler validator minicorn_validator options (wrapper ''); -- ERROR
create foreign data wrapper w handler minicorn_handler validator minicorn_validator options (wrapper 'regress.Numbers', color 'red'); -- ERROR
create foreign data wrapper w handler minicorn_handler validator minicorn_validator options (wrapper 'regress.Numbers');
alter foreign data wrapper w options (drop wrapper); -- ERROR

-- and it stands nowhere else
create server s foreign data wrapper w options (wrapper 'regress.Echo'); -- ERROR
create server s foreign data wrapper w;
alter server s options (wrapper 'regress.Echo'); -- ERROR
create user mapping for public server s options (wrapper 'regress.Echo'); -- ERROR
create foreign table n (a int) server s options (wrapper 'regress.Echo'); -- ERROR
create foreign table n (a int options (wrapper 'regress.Echo')) server s; -- ERROR
create foreign table n (a int, b text) server s;
select * from n;

-- not even where another validator, or none, lets it through
create foreign data wrapper lax handler minicorn_handler;
create server lax foreign data wrapper lax;
create foreign table lax (a int) server lax;
select * from lax; -- ERROR
alter foreign data wrapper lax options (wrapper 'regress.Numbers');
select * from lax;
alter server lax options (wrapper 'regress.Echo');
select * from lax; -- ERROR
alter server lax options (drop wrapper);
alter foreign table lax options (wrapper 'regress.Echo');
select * from lax; -- ERROR
alter foreign table lax options (drop wrapper);
create user mapping for current_user server lax options (wrapper 'regress.Echo');
select * from lax; -- ERROR
drop user mapping for current_user server lax;
alter foreign table lax alter column a options (wrapper 'regress.Echo');
select * from lax; -- ERROR
alter foreign table lax alter column a options (drop wrapper);
select * from lax;
drop foreign data wrapper lax cascade;

-- classes that cannot be used; paths and versions are left out
create server c foreign data wrapper w;
create foreign table c (a int) server c;
create procedure try(wrapper text) language plpgsql as $$
declare
  message text; detail text; hint text; state text;
begin
  execute format('alter foreign data wrapper w options (set wrapper %L)', wrapper);
  perform * from c;
exception when others then
  get stacked diagnostics message = message_text, detail = pg_exception_detail, hint = pg_exception_hint, state = returned_sqlstate;
  raise info E'ERROR:  %: %\nDETAIL:  %\nHINT:  %', state, message,
    regexp_replace(regexp_replace(detail, '"/.*"', '"..."'), 'Python \d\S+', 'Python ...'), regexp_replace(hint, '"/.*"', '"..."');
end $$;
call try('no_such_module.Class'); -- ERROR
call try('regress.no_such_module.Class'); -- ERROR
call try('broken.Class'); -- ERROR
call try('broken.Class'); -- ERROR
call try('regress.NoSuchClass'); -- ERROR
call try('regress.function'); -- ERROR
call try('regress.NotAClassOfOurs'); -- ERROR
call try('regress.Changeling'); -- ERROR
alter foreign data wrapper w options (set wrapper 'regress.Numbers');
select * from c;

-- roles that are not superusers choose neither class nor interpreter
create role regress_user;
grant usage on foreign data wrapper w to regress_user;
grant usage on foreign server s to regress_user;
grant create on schema public to regress_user;
set role regress_user;
alter foreign data wrapper w options (set wrapper 'regress.Echo'); -- ERROR
create foreign data wrapper mine handler minicorn_handler options (wrapper 'regress.Echo'); -- ERROR
set minicorn.python = '/tmp/evil'; -- ERROR
create server mine foreign data wrapper w options (wrapper 'regress.Echo'); -- ERROR
create server mine foreign data wrapper w;
create foreign table mine (a int) server mine options (rows '1');
select * from mine;
select * from n; -- ERROR
select * from mine union all select a from n; -- ERROR
reset role;
drop server mine cascade;
drop owned by regress_user;
drop role regress_user;

drop procedure try;

-- no writes
insert into n values (1, 'x'); -- ERROR
update n set a = 1; -- ERROR
delete from n; -- ERROR
truncate n; -- ERROR
copy n from stdin; -- ERROR
\.
analyze n; -- WARNING
select * from n for update;

drop extension minicorn; -- ERROR
drop extension minicorn cascade;
