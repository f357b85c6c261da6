\echo Use "create extension minicorn" to load this file. \quit

create function minicorn_handler()
  returns fdw_handler
  language c strict
  as 'MODULE_PATHNAME';

comment on function minicorn_handler() is
  'handler for foreign-data wrappers whose option "wrapper" names a Python class';

create function minicorn_validator(text[], oid)
  returns void
  language c strict
  as 'MODULE_PATHNAME';

comment on function minicorn_validator(text[], oid) is
  'accepts the option "wrapper" on a foreign-data wrapper alone, and any other option elsewhere';
