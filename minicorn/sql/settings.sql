--
-- minicorn_settings: the session's settings that nothing defines
--
create extension minicorn version '1.0';
alter extension minicorn update;
select extversion from pg_extension where extname = 'minicorn';
select provolatile, proparallel, proisstrict from pg_proc where proname = 'minicorn_settings';

-- names that begin with the prefix, as they were first written, whatever the case; no wildcards
set demo.one = '1';
set "Demo.Two" = '2';
select set_config('demo.' || repeat('x', 80), 'y', false) is not null;
set demography.other = '3';
set dem_.o = '4';
select * from minicorn_settings('demo.') order by 1;
select * from minicorn_settings('DEMO.T');
select * from minicorn_settings('demo.two.and.more');
select * from minicorn_settings('dem_') order by 1;
select count(*) from minicorn_settings('');
select * from minicorn_settings('%');
select * from minicorn_settings(null);

-- those that a module defines are not among them
select * from minicorn_settings('minicorn.');
select * from minicorn_settings('work_mem');

-- with a value: neither reset, nor empty, nor of a transaction that has ended
reset demo.one;
select * from minicorn_settings('demo.') order by 1;
set demo.two = '';
begin;
set local demo.three = '3';
savepoint s;
set demo.four = '4';
select * from minicorn_settings('demo.') order by 1;
rollback to s;
select * from minicorn_settings('demo.') order by 1;
commit;
select * from minicorn_settings('demo.') order by 1;

-- those of a function, and of a role
create function inside() returns setof text language sql set demo.five = '5'
  as 'select * from minicorn_settings(''demo.'')';
select * from inside() order by 1;
create role regress_settings;
grant create on database regress_settings to regress_settings;
set role regress_settings;
set demo.six = '6';
select * from minicorn_settings('demo.') order by 1;
reset role;
drop owned by regress_settings;
drop role regress_settings;

-- a name that is not of the database's encoding
create database regress_settings_latin1 template template0 encoding 'LATIN1' locale 'C';
\c regress_settings_latin1
set demo.größe = 'ü';
alter database regress_settings set demo.größe = '7';
\c regress_settings
select * from minicorn_settings('demo.');
alter database regress_settings reset all;
drop database regress_settings_latin1;
