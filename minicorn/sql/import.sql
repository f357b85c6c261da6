--
-- IMPORT FOREIGN SCHEMA
--
create extension minicorn;
create foreign data wrapper i handler minicorn_handler validator minicorn_validator options (wrapper 'regress.Import');
create server "odd ""server" foreign data wrapper i options (k 'server');
create schema "odd ""schema";
import foreign schema "remote 'schema" from server "odd ""server" into "odd ""schema" options (o '1');
select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attfdwoptions, t.ftoptions
from pg_foreign_table t join pg_class c on c.oid = t.ftrelid
  left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
order by c.relname;
select * from "odd ""schema".plain;
import foreign schema remote from server "odd ""server" into "odd ""schema"; -- ERROR
drop schema "odd ""schema" cascade;
create schema s;
import foreign schema remote limit to (plain, missing) from server "odd ""server" into s;
\d s.*
import foreign schema remote except (plain, "no columns") from server "odd ""server" into s;
set standard_conforming_strings = off;
drop schema s cascade;
create schema s;
import foreign schema remote from server "odd ""server" into s;
reset standard_conforming_strings;
select attfdwoptions from pg_attribute where attfdwoptions is not null;
drop schema s cascade;

create schema s;
create foreign data wrapper x handler minicorn_handler validator minicorn_validator options (wrapper 'regress.Raises');
create server x foreign data wrapper x;
import foreign schema raise from server x into s; -- ERROR
import foreign schema "none" from server x into s; -- ERROR
import foreign schema strings from server x into s; -- ERROR
alter foreign data wrapper x options (set wrapper 'regress.Numbers');
import foreign schema remote from server x into s; -- ERROR
drop extension minicorn cascade;
drop schema s;
