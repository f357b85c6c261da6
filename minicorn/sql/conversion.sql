--
-- Python values to PostgreSQL's
--
create extension minicorn;
set timezone = 'America/New_York';
set datestyle = 'SQL, DMY';
set intervalstyle = 'sql_standard';
set extra_float_digits = 1;
create foreign data wrapper v handler minicorn_handler validator minicorn_validator options (wrapper 'regress.Values');
create server v foreign data wrapper v;
create type color as enum ('red', 'green');
create domain short as varchar(4);
create domain filled as text not null;
create domain small as int check (value < 10);
create domain numbers as int[];
create type composite as (a text, b text);

-- one table, whose column's type and values change
create foreign table v (a text) server v options (what 'none');
create procedure try(type text, what text) language plpgsql as $$
declare
  message text; detail text; hint text; context text; state text; value text;
begin
  execute format('alter foreign table v alter column a type %s', type);
  execute format('alter foreign table v options (set what %L)', what);
  for value in select coalesce(a::text, '<null>') from v loop
    raise info '%: %', type, value;
  end loop;
exception when others then
  get stacked diagnostics message = message_text, detail = pg_exception_detail, hint = pg_exception_hint,
    context = pg_exception_context, state = returned_sqlstate;
  raise info '%: ERROR % % | % | % | %', type, state, message, detail, hint, split_part(context, E'\n', 1);
end $$;

call try('text', 'none');
call try('int', 'none');
call try('filled', 'none');
call try('filled', 'str');
call try('boolean', 'bool');
call try('text', 'bool');
call try('int', 'bool');
call try('numeric', 'int');
call try('bigint', 'int');
call try('int', 'int');
call try('text', 'small');
call try('small', 'small');
call try('float8', 'float');
call try('float4', 'float');
call try('numeric', 'float');
call try('numeric(4,1)', 'decimal');
call try('numeric', 'decimal');
call try('text', 'str');
call try('varchar', 'str');
call try('char(5)', 'small');
call try('varchar(4)', 'small');
call try('varchar(4)', 'long');
call try('short', 'long');
call try('name', 'long');
call try('boolean', 'true');
call try('boolean', 'long');
call try('bytea', 'bytes');
call try('bytea', 'str');
call try('text', 'bytes');
call try('text', 'badbytes');
call try('date', 'date');
call try('text', 'date');
call try('timestamptz', 'datetime');
call try('timestamp', 'datetime');
call try('timestamptz', 'long');
call try('interval', 'timedelta');
call try('int[]', 'list');
call try('text[]', 'textlist');
call try('numbers', 'list');
call try('int[]', 'ragged');
call try('bytea[]', 'byteslist');
call try('int', 'list');
call try('json', 'json');
call try('jsonb', 'json');
call try('jsonb', 'long');
call try('jsonb[]', 'ragged');
call try('text', 'dict');
call try('color', 'object');
call try('text', 'object');
call try('color', 'long');
call try('composite', 'pair');
call try('uuid', 'long');
call try('text', 'nul');
call try('varchar(9)', 'nul');
call try('text', 'surrogate');
call try('json', 'surrogate');

-- rows of every form
create foreign data wrapper r handler minicorn_handler validator minicorn_validator options (wrapper 'regress.Rows');
create server r foreign data wrapper r;
create foreign table r (a text, gone int, b varchar(9)) server r options (form 'list');
alter foreign table r drop column gone;
select * from r;
alter foreign table r options (set form 'tuple');
select * from r;
alter foreign table r options (set form 'namedtuple');
select b, a from r;
alter foreign table r options (set form 'dict');
select * from r;
select b from r;
alter foreign table r options (set form 'iterable');
select * from r;
alter foreign table r options (set form 'generator');
select * from r;
alter foreign table r options (set form 'long');
select * from r; -- ERROR
select count(*) from r; -- ERROR
alter foreign table r options (set form 'short');
select * from r; -- ERROR
alter foreign table r options (set form 'empty');
select * from r; -- ERROR
alter foreign table r options (set form 'str');
select * from r; -- ERROR
alter foreign table r options (set form 'int');
select * from r; -- ERROR
alter foreign table r options (set form 'none');
select * from r; -- ERROR
alter foreign table r options (set form 'clearing');
select * from r; -- ERROR
alter foreign table r options (set form 'str_raises');
select * from r; -- ERROR
alter foreign table r options (set form 'str_returns_int');
select * from r; -- ERROR
alter foreign table r options (set form 'return_none');
select * from r; -- ERROR
alter foreign table r options (set form 'return_int');
select * from r; -- ERROR

-- what a class is told of its columns
create foreign data wrapper c handler minicorn_handler validator minicorn_validator options (wrapper 'regress.Columns');
create server c foreign data wrapper c;
create foreign table c (name text options (key 'value'), type text, options text, e varchar(12), "F x" numeric(4,1)[], g short, h timestamptz(3))
  server c;
select name, type, options from c;

drop extension minicorn cascade;
drop domain short, filled, small, numbers;
drop type color, composite;
drop procedure try;
