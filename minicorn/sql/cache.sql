--
-- One instance for each table and role, made anew when something it was made from changes
--
create extension minicorn;
create foreign data wrapper e handler minicorn_handler validator minicorn_validator options (wrapper 'regress.Echo');
create server e foreign data wrapper e options (k 'server', s '1');
create foreign table e (a text) server e options (k 'table', t '1');
create foreign table other (a text) server e;
prepare p as select count(a) from e;
execute p;
execute p;
select count(a) from e;

-- ALTER of every object, between two executions of a prepared statement
alter foreign table e options (set t '2');
execute p;
alter server e options (set s '2');
execute p;
create user mapping for public server e options (k 'public');
execute p;
create user mapping for current_user server e options (k 'mapping', secret 'x');
execute p;
alter user mapping for current_user server e options (set secret 'y');
execute p;
drop user mapping for current_user server e;
execute p;
drop user mapping for public server e;
alter foreign table e add column b int;
execute p;
alter foreign table e alter column a options (o '1');
execute p;
alter foreign table e rename column a to c;
execute p; -- ERROR
alter foreign table e rename column c to a;
alter foreign table e drop column b;
execute p;
create foreign data wrapper n handler minicorn_handler validator minicorn_validator options (wrapper 'regress.Numbers');
alter foreign data wrapper e options (set wrapper 'regress.Numbers');
execute p;
alter foreign data wrapper e options (set wrapper 'regress.Echo');
execute p;
alter foreign table e rename to renamed;
select count(a) from renamed;
alter foreign table renamed rename to e;

-- what happens to one table leaves the others alone
select count(a) from other;
alter foreign table e options (set t '3');
select count(a) from other;
create temporary table unrelated (a int);
drop table unrelated;
select count(a) from e;
select count(a) from e;

-- what an aborted transaction changed is gone again
begin;
alter server e options (set s '9');
select count(a) from e;
rollback;
select count(a) from e;

-- the user mapping is that of the role that access is checked as
create role regress_one;
create role regress_two;
grant select on e to regress_one, regress_two;
create user mapping for regress_one server e options (k 'one');
create user mapping for regress_two server e options (k 'two');
set role regress_one;
select count(a) from e;
set role regress_two;
select count(a) from e;
set role regress_one;
select count(a) from e;
execute p;
reset role;
create view view as select count(a) from e;
grant select on view to regress_one, regress_two;
alter view view owner to regress_two;
set role regress_one;
select * from view;
explain (costs off) select * from view;
reset role;
create function definer() returns bigint language sql security definer as 'select count(a) from e';
alter function definer() owner to regress_two;
set role regress_one;
select definer();
-- no role sees another's secrets
select umoptions from pg_user_mappings where usename = 'regress_two';
reset role;

discard all;
select count(a) from e;
drop view view;
drop function definer();
drop extension minicorn cascade;
drop role regress_one;
drop role regress_two;
